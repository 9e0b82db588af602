/**
 * Keeps an API server busy in the name of one user, from a process of its own:
 *   bun bench/flood.ts --kubeconfig FILE --as USER --list PATH [--create PATH] [--connections 200] [--seconds 5]
 * Every connection has one request under way; with --create every second one creates ConfigMaps instead of listing.
 * Prints `flooding` when all connections stand, and at the end how often each code was answered, as JSON.
 */
import https from 'node:https';
import { parseArgs } from 'node:util';
import { type Subject, subjectOf } from './connection.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    as: { type: 'string' },
    list: { type: 'string' },
    create: { type: 'string' },
    connections: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '5' },
  },
});
const { kubeconfig, as, list, create } = values;
if (kubeconfig === undefined || as === undefined || list === undefined)
  throw new Error('--kubeconfig, --as and --list are required');
const subject = subjectOf(kubeconfig);
const codes: Record<string, number> = {};
let names = 0;

/** @returns the code of the answer, or what went wrong. */
function send(
  { host, port, headers }: Subject,
  agent: https.Agent,
  method: string,
  path: string,
  body?: string,
): Promise<string> {
  const type =
    body === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const options = {
      host,
      port,
      path,
      method,
      agent,
      headers: { ...headers, ...type, 'Impersonate-User': as },
    };
    const request = https.request(options, (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.statusCode)));
      response.on('error', (error) => resolve(error.message));
    });
    request.on('error', (error) => resolve(error.message));
    request.end(body);
  });
}

async function connection(index: number, endMs: number, begun: (code: string) => void): Promise<void> {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ...subject.tls });
  const creates = create !== undefined && index % 2 === 1;
  begun(await send(subject, agent, 'GET', '/readyz'));
  while (performance.now() < endMs) {
    const code = creates
      ? await send(subject, agent, 'POST', create, configMap())
      : await send(subject, agent, 'GET', list!);
    codes[code] = (codes[code] ?? 0) + 1;
  }
  agent.destroy();
}

function configMap(): string {
  names += 1;
  return JSON.stringify({
    metadata: { name: `flood-${process.pid}-${names}` },
    data: { text: 'x'.repeat(500) },
  });
}

const count = Number(values.connections);
const endMs = performance.now() + Number(values.seconds) * 1000;
let standing = 0;
const begun = () => {
  standing += 1;
  if (standing === count) console.log('flooding');
};
await Promise.all(Array.from({ length: count }, (_, index) => connection(index, endMs, begun)));
console.log(JSON.stringify(codes));
