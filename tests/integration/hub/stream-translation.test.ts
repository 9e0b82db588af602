import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { PassThrough } from 'node:stream';
import { acceptRemoteCommand, servePortForward } from '@hawser/streams';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { StandInKubelet } from '../../cluster/stand-in-kubelet.ts';
import { requestUpgrade, WEB_SOCKET_HEADERS } from '../../cluster/upgrade-request.ts';

const hub = shareCluster();
const PODS = '/api/v1/namespaces/default/pods';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a kubelet that speaks SPDY alone', () => {
  let old: StandInKubelet;
  beforeAll(async () => {
    const { cluster } = hub;
    old = await StandInKubelet.start(cluster, 'old', '127.0.1.73');
    await cluster.admin.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    const spec = { nodeName: 'old', containers: [{ name: 'main', image: 'host' }] };
    expectJson(await cluster.admin.post(PODS, { metadata: { name: 'old' }, spec }), 201);
    await cluster.admin.patch(`${PODS}/old/status`, 'merge', { status: { phase: 'Running' } });
    old.serve = async (request, socket, head) => {
      old.seen.push({ method: request.method!, url: request.url!, headers: request.headers });
      if (request.url!.startsWith('/portForward')) return servePortForward(request, socket, head, echoOn);
      const asked = new URL(request.url!, 'https://kubelet').searchParams;
      const options = {
        stdin: asked.has('input'),
        stdout: asked.has('output'),
        stderr: asked.has('error'),
        tty: asked.has('tty'),
      };
      const streams = await acceptRemoteCommand(request, socket, head, options);
      streams.stderr?.write('to stderr');
      if (streams.stdin !== undefined) for await (const chunk of streams.stdin) streams.stdout?.write(chunk);
      await streams.finish({
        metadata: {},
        status: 'Failure',
        reason: 'NonZeroExitCode',
        message: 'command terminated with non-zero exit code',
        details: { causes: [{ reason: 'ExitCode', message: '7' }] },
      });
    };
  });
  afterAll(() => old?.[Symbol.asyncDispose]());

  /** A port that sends back what it hears; another is refused. */
  const echoOn = async (port: number) => {
    if (port !== 7007) throw new Error(`nobody listens on ${port}`);
    return new PassThrough();
  };

  for (const version of ['1.36', '1.27'] as const) {
    hub.test(`is spoken with in SPDY when kubectl ${version} runs exec`, async (cluster) => {
      const text = 'line\n'.repeat(100_000);
      const result = await cluster.kubectlWithInput(version, text, 'exec', '-i', 'old', '--', 'cat', 'a b');
      expect({ ...result, stdout: sha256(Buffer.from(result.stdout)) }).toEqual({
        stdout: sha256(Buffer.from(text)),
        stderr: 'to stderrcommand terminated with exit code 7\n',
        exitCode: 7,
      });
      expect(old.last).toMatchObject({
        method: 'POST',
        url: '/exec/default/old/main?input=1&output=1&error=1&command=cat&command=a+b',
      });
      expect(old.last.headers).toMatchObject({ upgrade: 'SPDY/3.1' });
      expect(old.last.headers['sec-websocket-key']).toBeUndefined();
    });

    hub.test(`is spoken with in SPDY when kubectl ${version} forwards a port`, async (cluster) => {
      await using forward = cluster.startKubectl(version, 'port-forward', 'old', ':7007', ':7008');
      const ports = await eventually(() => {
        const found = [...forward.stdout.matchAll(/127\.0\.0\.1:(\d+) ->/g)].map(([, port]) => Number(port));
        return found.length === 2 && found;
      });
      for (const text of ['first', 'second']) expect(await echoed(ports[0]!, text)).toBe(text);
      expect(await echoed(ports[1]!, 'x')).toBe('');
      await eventually(() => forward.stderr.includes('nobody listens on 7008'));
      expect(old.last.headers).toMatchObject({ upgrade: 'SPDY/3.1' });
    });
  }

  hub.test('refuses in its own words', async ({ admin }) => {
    const { serve } = old;
    old.serve = undefined;
    old.answer = { code: 404, body: 'no such container' };
    const outcome = await requestUpgrade(admin, 'GET', `${PODS}/old/exec?stdout=1`, WEB_SOCKET_HEADERS);
    old.serve = serve;
    expect(outcome).toMatchObject({ status: 404, text: 'no such container' });
  });

  hub.test('gets the older WebSockets as they are', async ({ admin }) => {
    const { serve } = old;
    old.serve = undefined;
    old.answer = 'upgrade';
    const headers = { ...WEB_SOCKET_HEADERS, 'sec-websocket-protocol': 'v4.channel.k8s.io' };
    const { status, socket } = await requestUpgrade(admin, 'GET', `${PODS}/old/exec?stdout=1`, headers);
    old.serve = serve;
    expect(status).toBe(101);
    expect(old.last.headers).toMatchObject({
      upgrade: 'websocket',
      'sec-websocket-protocol': 'v4.channel.k8s.io',
    });
    socket!.destroy();
  });
});

/** What comes back through a forwarded port. */
async function echoed(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('error', () => {}).on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = once(socket, 'close');
  socket.end(text);
  await closed;
  return Buffer.concat(chunks).toString();
}
