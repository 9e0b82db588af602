import { afterEach, beforeEach, expect, test } from 'bun:test';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { systemClock } from '@hawser/runtime';
import { type Connection, Server, type ServerChannel } from 'ssh2';
import { generateSshKeyPair } from './generate-key-pair.ts';
import { parsePublicKeys } from './host-key.ts';
import type { HostTrust } from './host-trust.ts';
import { SshConnection } from './ssh-connection.ts';

/** What a host may do that OpenSSH's server does not: that one is in tests/integration/ssh. */
const hostKeys = generateSshKeyPair();
const user = generateSshKeyPair();
const trust: HostTrust = {
  keys: parsePublicKeys(hostKeys.public),
  source: 'its Node object',
  revoked: [],
};

let server: Server | net.Server;
let connections: (Connection | Socket)[];

beforeEach(() => {
  connections = [];
});

afterEach(async () => {
  for (const connection of connections)
    connection instanceof net.Socket ? connection.destroy() : connection.end();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

/** A host that lets everybody in, and does this with each channel. */
async function host(serve: (channel: ServerChannel) => void): Promise<number> {
  const sshd = new Server({ hostKeys: [hostKeys.private] }, (connection) => {
    connections.push(connection);
    connection.on('error', () => {});
    connection.on('authentication', (context) => context.accept());
    connection.on('tcpip', (accept) => serve(accept()));
  });
  server = sshd;
  await new Promise<void>((resolve) => sshd.listen(0, '127.0.0.1', () => resolve()));
  return (sshd.address() as AddressInfo).port;
}

const connect = (port: number, signal = AbortSignal.timeout(5_000)) =>
  SshConnection.connect(
    {
      label: 'ssh: node-1',
      host: '127.0.0.1',
      port,
      user: 'hub',
      privateKey: user.private,
      trust,
      clock: systemClock,
    },
    signal,
  );

const target = { host: '10.0.0.1', port: 80 };

test('a host that sends more than it may is left, before it fills the memory', async () => {
  const port = await host((channel) => {
    (channel as unknown as { outgoing: { window: number } }).outgoing.window = Number.POSITIVE_INFINITY;
    // No part of the window: ssh2 takes nothing any more when exactly nothing is left of it.
    const chunk = Buffer.alloc(1_000_003);
    for (let sent = 0; sent < 32; sent += 1) channel.write(chunk);
  });
  using connection = await connect(port);
  const stream = await connection.open(target, new AbortController().signal);
  expect((await connection.closed).message).toBe('the host sends more than it was allowed to');
  expect(stream.errored?.message).toBe('ssh: node-1: the host sends more than it was allowed to');
});

test('a write to a channel that the host has closed fails, and does not wait for ever', async () => {
  const port = await host((channel) => channel.close());
  using connection = await connect(port);
  const stream = await connection.open(target, new AbortController().signal);
  stream.resume();
  await once(stream, 'end');
  stream.write('anybody there?');
  const [error] = stream.errored ? [stream.errored] : await once(stream, 'error');
  expect(error.code).toBe('EPIPE');
});

test('a channel that opens when nobody waits for it any more is closed', async () => {
  const asked = Promise.withResolvers<() => ServerChannel>();
  const sshd = new Server({ hostKeys: [hostKeys.private] }, (each) => {
    connections.push(each);
    each.on('error', () => {}).on('authentication', (context) => context.accept());
    each.on('tcpip', (accept) => asked.resolve(accept));
  });
  server = sshd;
  await new Promise<void>((resolve) => sshd.listen(0, '127.0.0.1', () => resolve()));
  using connection = await connect((sshd.address() as AddressInfo).port);
  const patience = new AbortController();
  const opening = connection.open(target, patience.signal);
  const accept = await asked.promise;
  patience.abort(new Error('i/o timeout'));
  await expect(opening).rejects.toThrow('i/o timeout');
  await once(accept().resume(), 'close');
  expect(connection.channels).toBe(0);
});

const IMPOSTORS: [what: string, said: string][] = [
  ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['an old version', 'SSH-1.5-old\r\n'],
  ['a host that sends no packets', 'SSH-2.0-x\r\n'.padEnd(100_000, '\0')],
  ['a host that hangs up', ''],
];
for (const [what, said] of IMPOSTORS)
  test(`${what} in place of an sshd is an error, and nothing more`, async () => {
    const listener = net.createServer((socket) => {
      connections.push(socket);
      socket.on('error', () => {});
      socket.end(said);
    });
    server = listener;
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', () => resolve()));
    await expect(connect((listener.address() as AddressInfo).port)).rejects.toBeInstanceOf(Error);
  });

test('a host that asks on and on, and takes no answers, is left before they fill the memory', async () => {
  const port = await host(() => {});
  using connection = await connect(port);
  const peer = connections[0] as unknown as { _protocol: Disconnecting; _sock: Socket };
  peer._sock.pause();
  const ask = Buffer.concat([Buffer.from([80]), sshString('anybody@there'), Buffer.from([1])]);
  let isLeft = false;
  void connection.closed.then(() => {
    isLeft = true;
  });
  for (let batch = 0; batch < 500 && !isLeft; batch += 1) {
    peer._sock.cork();
    for (let asked = 0; asked < 4_000; asked += 1) sendPacket(peer._protocol, ask);
    peer._sock.uncork();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await connection.closed).message).toBe('the host takes too little of what it asked for');
}, 30_000);

const RUDE = `no\u001b[2J\r\n${'x'.repeat(30_000)}`;
const SHOWN = /^(ssh: |)no \[2j x{200,256}…$/i;

test('what a host says when it hangs up is shown in one line, cut short', async () => {
  const port = await host(() => {});
  using connection = await connect(port);
  const protocol = (connections[0] as unknown as { _protocol: Disconnecting })._protocol;
  // PROTOCOL_ERROR, with a description of the host's own.
  sendPacket(protocol, Buffer.concat([Buffer.from([1, 0, 0, 0, 2]), sshString(RUDE), sshString('')]));
  expect((await connection.closed).message).toMatch(SHOWN);
});

test('what a host says when it refuses a channel is shown in one line, cut short', async () => {
  const sshd = new Server({ hostKeys: [hostKeys.private] }, (each) => {
    connections.push(each);
    each.on('error', () => {}).on('authentication', (context) => context.accept());
    const { _protocol: protocol } = each as unknown as { _protocol: Disconnecting };
    // CONNECT_FAILED, in place of ssh2's own answer; the channel is the second, after that for `exec`.
    each.on('tcpip', () => {
      const head = Buffer.from([92, 0, 0, 0, 1, 0, 0, 0, 2]);
      sendPacket(protocol, Buffer.concat([head, sshString(RUDE), sshString('')]));
    });
  });
  server = sshd;
  await new Promise<void>((resolve) => sshd.listen(0, '127.0.0.1', () => resolve()));
  using connection = await connect((sshd.address() as AddressInfo).port);
  await expect(connection.open(target, new AbortController().signal)).rejects.toThrow(SHOWN);
});

/** The part of ssh2 that frames and encrypts what a server sends. */
interface Disconnecting {
  readonly _packetRW: {
    write: { alloc(size: number): Buffer; allocStart: number; finalize(packet: Buffer): Buffer };
  };
  readonly _cipher: { encrypt(packet: Buffer): void };
}

function sendPacket({ _packetRW: { write }, _cipher }: Disconnecting, payload: Buffer): void {
  const packet = write.alloc(payload.length);
  payload.copy(packet, write.allocStart);
  _cipher.encrypt(write.finalize(packet));
}

function sshString(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

test('a host that says nothing is given up when the signal says so', async () => {
  const listener = net.createServer((socket) => void connections.push(socket));
  server = listener;
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', () => resolve()));
  const patience = new AbortController();
  const connecting = connect((listener.address() as AddressInfo).port, patience.signal);
  await once(listener, 'connection');
  patience.abort(new Error('i/o timeout'));
  await expect(connecting).rejects.toThrow('i/o timeout');
  await once(connections[0] as Socket, 'close');
});
