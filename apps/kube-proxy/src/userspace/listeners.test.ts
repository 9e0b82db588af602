import { afterEach, expect, test } from 'bun:test';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { FakeClock } from '@hawser/runtime';
import { type Endpoint, endpointKey } from '../services/endpoint.ts';
import { sampleEndpoint } from '../testing/samples.ts';
import { TcpListener } from './tcp-listener.ts';
import { UdpListener } from './udp-listener.ts';

const stack: (() => void)[] = [];
afterEach(() => {
  for (const close of stack.splice(0).reverse()) close();
});

const local = (port: number): Endpoint => sampleEndpoint(1, { ip: '127.0.0.1', port });

/** A server on a free port of 127.0.0.1. */
async function serve(onConnection: (socket: Socket) => void): Promise<Endpoint> {
  const server = createServer({ allowHalfOpen: true }, onConnection).listen(0, '127.0.0.1');
  stack.push(() => server.close());
  await once(server, 'listening');
  return local((server.address() as AddressInfo).port);
}

/** A port of 127.0.0.1 at which nobody listens. */
async function closedPort(): Promise<Endpoint> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return local(port);
}

/** A listener with these endpoints, tried in their order, and the port it has. */
async function listen(endpoints: readonly Endpoint[], onIdle?: () => void) {
  const { port } = await closedPort();
  const choose = (_: string, tried: ReadonlySet<string>) =>
    endpoints.find((endpoint) => !tried.has(endpointKey(endpoint)));
  const listener = await TcpListener.open({ address: '127.0.0.1', port, choose, onIdle });
  stack.push(() => listener.destroy());
  return { listener, port };
}

test('bytes go both ways, and each side may say that it has no more while the other goes on', async () => {
  const endpoint = await serve((socket) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => socket.end(`heard ${Buffer.concat(chunks).length}`));
  });
  const { port } = await listen([endpoint]);
  const client = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  client.end(Buffer.alloc(5_000_000, 'a'));
  let answer = '';
  for await (const chunk of client) answer += chunk;
  expect(answer).toBe('heard 5000000');
});

test('an endpoint that takes no connection is passed over; where none does the client is reset', async () => {
  const closed = await closedPort();
  const open = await serve((socket) => socket.end('hello'));
  const { port } = await listen([closed, open]);
  const [answer] = await once(connect({ host: '127.0.0.1', port }), 'data');
  expect(String(answer)).toBe('hello');
  const vain = await listen([closed]);
  const client = connect({ host: '127.0.0.1', port: vain.port });
  const [error] = await once(client, 'error');
  expect((error as NodeJS.ErrnoException).code).toBe('ECONNRESET');
});

test('closed, it takes no more, and what stands goes on until it ends by itself', async () => {
  const endpoint = await serve((socket) => socket.pipe(socket));
  const idle = Promise.withResolvers<void>();
  const { listener, port } = await listen([endpoint], () => idle.resolve());
  const client = connect({ host: '127.0.0.1', port });
  client.write('a');
  await once(client, 'data');
  listener.close();
  const late = connect({ host: '127.0.0.1', port });
  const [refusal] = await once(late, 'error');
  expect((refusal as NodeJS.ErrnoException).code).toBe('ECONNREFUSED');
  client.write('b');
  expect(String((await once(client, 'data'))[0])).toBe('b');
  expect(listener.connections).toBe(1);
  client.end();
  await idle.promise;
  expect(listener.connections).toBe(0);
});

test('a UDP client keeps its socket to its endpoint until it is silent for a minute or the endpoint is gone', async () => {
  const clock = new FakeClock();
  const server = createSocket('udp4');
  server.on('message', (message, { port, address }) => server.send(`${port} ${message}`, port, address));
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = local(server.address().port);
  const { port } = await closedPort();
  const listener = await UdpListener.open({ address: '127.0.0.1', port, choose: () => endpoint, clock });
  const client = createSocket('udp4');
  stack.push(
    () => server.close(),
    () => listener.close(),
    () => client.close(),
  );
  const ask = async (text: string) => {
    client.send(text, port, '127.0.0.1');
    const [answer] = await once(client, 'message');
    const [from, said] = String(answer).split(' ');
    expect(said).toBe(text);
    return from;
  };
  const first = await ask('a');
  clock.advance(59_000);
  expect(await ask('b')).toBe(first);
  listener.retain(new Set([endpointKey(endpoint)]));
  expect(await ask('c')).toBe(first);
  clock.advance(120_000);
  const second = await ask('d');
  expect(second).not.toBe(first);
  listener.retain(new Set());
  expect(await ask('e')).not.toBe(second);
});

test('a UDP endpoint that cannot be sent to is no harm to others, and its client may have another', async () => {
  const server = createSocket('udp4');
  server.on('message', (message, { port, address }) => server.send(message, port, address));
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  // What the system refuses to connect to, as it does without a route.
  const endpoints = [local(9), local(9)].map((endpoint) => ({ ...endpoint, ip: '255.255.255.255' }));
  const choose = () => endpoints.shift() ?? local(server.address().port);
  const { port } = await closedPort();
  const listener = await UdpListener.open({ address: '127.0.0.1', port, choose, clock: new FakeClock() });
  const client = createSocket('udp4');
  stack.push(
    () => server.close(),
    () => listener.close(),
    () => client.close(),
  );
  const answered = once(client, 'message');
  for (let tries = 0; tries < 200 && endpoints.length > 0; tries += 1) {
    client.send('hello', port, '127.0.0.1');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  client.send('hello', port, '127.0.0.1');
  expect(String((await answered)[0])).toBe('hello');
});
