import { afterEach, expect, test } from 'bun:test';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { GrpcClient } from './connect-grpc.ts';
import { binaryValues, metadataOf, metadataValues } from './metadata.ts';
import { serveGrpc } from './serve-grpc.ts';
import { Code, type GrpcStatus } from './status.ts';

const PEER = join(import.meta.dir, 'peer.testing.mjs');
const runtimes = [
  { runtime: 'Bun', command: process.execPath },
  { runtime: 'Node', command: 'node' },
];
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

/** Serves what the peer asks of us. */
async function serve(): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    serveGrpc(socket, {
      methods: {
        '/t/echo': (call) => {
          const [raw] = binaryValues(call.metadata, 'raw-bin');
          call.respond(
            metadataOf([
              ['greeting', metadataValues(call.metadata, 'NAME')[0]!],
              ['raw-bin', raw!],
            ]),
          );
          call.start({ message: (message) => call.send(message), end: () => call.finish(), closed() {} });
        },
        '/t/refuse': (call) => call.finish({ code: Code.permissionDenied, message: 'not you — 100%' }),
      },
      windowBytes: 65_535,
      maxConcurrentStreams: 100,
    });
  });
  cleanups.push(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

for (const { runtime, command } of runtimes)
  test(`serves the clients of grpc-js under ${runtime}`, async () => {
    const peer = Bun.spawn([command, PEER, 'client', await serve()], { stdout: 'pipe' });
    cleanups.push(() => peer.kill());
    expect(JSON.parse(await new Response(peer.stdout).text())).toEqual({
      echo: { messages: 50, same: true, greeting: 'peer', raw: [0, 255, 10], code: 0, details: '' },
      refused: expect.objectContaining({ messages: 0, code: 7, details: 'not you — 100%' }),
      unknown: expect.objectContaining({ code: 12, details: 'unknown method unknown for service t' }),
      large: expect.objectContaining({
        messages: 0,
        code: 8,
        details: 'grpc: received message larger than max (5000000 vs. 4194304)',
      }),
      compressed: expect.objectContaining({
        messages: 0,
        code: 12,
        details: 'grpc: Decompressor is not installed for grpc-encoding "gzip"',
      }),
    });
  }, 30_000);

async function connect(command: string): Promise<GrpcClient> {
  const peer = Bun.spawn([command, PEER, 'server'], { stdout: 'pipe' });
  cleanups.push(() => peer.kill());
  const { value } = await peer.stdout.getReader().read();
  const socket = net.connect(JSON.parse(Buffer.from(value!).toString()).port, '127.0.0.1');
  await once(socket, 'connect');
  const options = { authority: 'localhost', secure: false, userAgent: 'test', windowBytes: 65_535 };
  return new GrpcClient(socket, options);
}

for (const { runtime, command } of runtimes)
  test(`is served by grpc-js under ${runtime}`, async () => {
    const client = await connect(command);
    const call = client.call(
      '/t/echo',
      metadataOf([
        ['Name', 'ours'],
        ['raw-bin', Buffer.from([0, 255, 10])],
      ]),
    );
    const sent = Array.from({ length: 50 }, (_, at) => Buffer.alloc((at * 4_001) % 70_000, at));
    const got: Buffer[] = [];
    const over = new Promise<GrpcStatus>((closed) => {
      const message = (bytes: Buffer) => {
        got.push(bytes);
        if (got.length === sent.length) call.end();
      };
      call.start({ message, closed });
    });
    for (const message of sent) call.send(message);
    const metadata = await call.response;
    expect(metadataValues(metadata, 'greeting')).toEqual(['ours']);
    expect(binaryValues(metadata, 'raw-bin')).toEqual([Buffer.from([0, 255, 10])]);
    expect(await over).toEqual({ code: 0, message: 'OK' });
    expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);

    const refused = client.call('/t/refuse');
    expect(refused.response).rejects.toThrow('rpc error: code = PermissionDenied desc = not you — 100%');
    await refused.response.catch(() => {});
    client.goAway();
    expect(await client.closed).toBeUndefined();
  }, 30_000);
