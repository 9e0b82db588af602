import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { servePortForward, TUNNEL_PROTOCOL } from './port-forward/serve-port-forward.ts';
import { acceptRemoteCommand } from './remote-command/accept-remote-command.ts';
import { SpdyConnection } from './spdy/spdy-connection.ts';
import { clientFrame, spdyRequest, webSocketRequest } from './testing/raw-web-socket.ts';
import { socketPair } from './testing/socket-pair.ts';
import type { UpgradeRequest } from './upgrade/upgrade-request.ts';

const ALL = { stdin: true, stdout: true, stderr: true, tty: true };

/** Sends bytes after the upgrade, in these parts, and goes away. @returns when the server has ended too. */
async function hurl(
  request: UpgradeRequest,
  parts: readonly Uint8Array[],
  portForward: boolean,
): Promise<void> {
  const [near, far] = await socketPair();
  near.on('error', () => {}).resume();
  const closed = new Promise((resolve) => far.once('close', resolve));
  const refusePort = () => Promise.reject(new Error('refused'));
  const serving = portForward
    ? servePortForward(request, far, Buffer.alloc(0), refusePort)
    : acceptRemoteCommand(request, far, Buffer.alloc(0), ALL).then(({ stdin }) => stdin?.resume());
  serving.catch(() => {});
  for (const part of parts) if (near.writable) near.write(part);
  near.end();
  await closed;
  await serving.catch(() => {});
}

const garbage = fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 6 });
const sessions = [
  { name: 'exec over WebSocket', request: webSocketRequest(['v5.channel.k8s.io']), portForward: false },
  { name: 'exec over base64', request: webSocketRequest(['v4.base64.channel.k8s.io']), portForward: false },
  { name: 'exec over SPDY', request: spdyRequest(['v4.channel.k8s.io']), portForward: false },
  { name: 'port-forward over SPDY', request: spdyRequest(['portforward.k8s.io']), portForward: true },
  { name: 'port-forward over channels', request: webSocketRequest([], '/?ports=80'), portForward: true },
  { name: 'port-forward through a tunnel', request: webSocketRequest([TUNNEL_PROTOCOL]), portForward: true },
];
for (const { name, request, portForward } of sessions)
  test(`${name}: garbage ends it cleanly`, async () => {
    await fc.assert(
      fc.asyncProperty(garbage, fc.boolean(), async (chunks, framed) => {
        // Within frames of WebSocket it comes to what they carry.
        const parts = framed ? chunks.map((chunk) => clientFrame(Buffer.from(chunk))) : chunks;
        await hurl(request, parts, portForward);
      }),
      { numRuns: 60 },
    );
  });

test('a session of SPDY is the same wherever its bytes are split', async () => {
  const bytes = await record(async (client) => {
    const types = ['error', 'stdin', 'stdout', 'resize'];
    const opened = types.map((streamType) => client.createStream({ streamType }));
    await client.ping();
    const [, stdin] = await Promise.all(opened);
    stdin!.end('hello');
  });
  for (let at = 0; at <= bytes.length; at += 1) {
    const [near, far] = await socketPair();
    const accepted = acceptRemoteCommand(
      spdyRequest(['v4.channel.k8s.io']),
      far,
      Buffer.from(bytes.subarray(0, at)),
      ALL,
    );
    near.resume().write(Buffer.from(bytes.subarray(at)));
    const { stdin, destroy } = await accepted;
    let text = '';
    stdin!.on('data', (chunk) => {
      text += chunk;
    });
    await new Promise((resolve) => stdin!.once('end', resolve));
    expect(text).toBe('hello');
    destroy();
    near.destroy();
  }
});

/** What a client of SPDY sends to a server that accepts everything. */
async function record(use: (client: SpdyConnection) => Promise<void>): Promise<Buffer> {
  const [near, far] = await socketPair();
  const chunks: Buffer[] = [];
  far.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  const server = new SpdyConnection(far, { role: 'server', onStream: (stream) => void stream.accept() });
  const client = new SpdyConnection(near, { role: 'client' });
  await use(client);
  await server.ping();
  await client.ping();
  client.destroy();
  await server.closed;
  return Buffer.concat(chunks);
}
