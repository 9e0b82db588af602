import { afterEach, describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { FakeClock } from '@hawser/runtime';
import { json } from '../encodings/json.ts';
import { EventStream } from './event-stream.ts';
import { watchFrame } from './watch-frame.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
let ending = new DisposableStack();
afterEach(() => {
  ending.dispose();
  ending = new DisposableStack();
});

interface Watching {
  readonly stream: EventStream;
  readonly response: ServerResponse;
  /** The client's side of the answer, which nobody has begun to read. */
  readonly body: Readable;
}

/** Takes connections in as the listener of the hub does: Bun's own `listen` gives other sockets. */
async function portOf(server: http.Server | http2.Http2Server): Promise<number> {
  const listener = net.createServer((socket) => void server.emit('connection', socket));
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  ending.defer(() => void listener.close());
  return (listener.address() as AddressInfo).port;
}

async function watchOverHttp1(): Promise<Watching> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  const server = http.createServer((_request, response) => resolve(response));
  const port = await portOf(server);
  const request = http.get({ host: '127.0.0.1', port, agent: false }).on('error', () => {});
  ending.defer(() => void request.destroy());
  const response = await promise;
  const stream = new EventStream(response, 'application/json');
  const [body] = (await once(request, 'response')) as [IncomingMessage];
  body.on('error', () => {}).pause();
  return { stream, response, body };
}

async function watchOverHttp2(): Promise<Watching> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  const server = http2.createServer((_request, response) => resolve(response as unknown as ServerResponse));
  const port = await portOf(server);
  const session = http2.connect(`http://127.0.0.1:${port}`).on('error', () => {});
  ending.defer(() => void session.destroy());
  const body = session.request({ ':path': '/' });
  const response = await promise;
  const stream = new EventStream(response, 'application/json');
  await once(body, 'response');
  body.on('error', () => {}).pause();
  return { stream, response, body };
}

const frame = (name: number, sizeBytes: number) => () =>
  watchFrame(json, 'ADDED', Buffer.from(JSON.stringify({ name, padding: 'x'.repeat(sizeBytes) })));

/** The names of the next events, in the order in which they come. */
async function names(body: Readable, count: number): Promise<number[]> {
  const found: number[] = [];
  let text = '';
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    const lines = (text + String(chunk)).split('\n');
    text = lines.pop()!;
    for (const line of lines) found.push(JSON.parse(line).object.name);
    if (found.length >= count) break;
  }
  return found;
}

/** Resolves when both sides know that the answer was broken off: its end in order would pass for the whole. */
async function cutOff(response: ServerResponse, body: Readable): Promise<void> {
  const faults: Error[] = [];
  body.on('error', (fault) => faults.push(fault));
  const ended = Promise.withResolvers<void>();
  body.once('close', ended.resolve);
  if (!response.destroyed && body.isPaused()) await once(response, 'close');
  body.resume();
  await ended.promise;
  expect(faults).toHaveLength(1);
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

const transports = { 'HTTP/1.1': watchOverHttp1, 'HTTP/2': watchOverHttp2 };
for (const [transport, watch] of Object.entries(transports))
  describe(`an event stream over ${transport}`, () => {
    test('carries initial events larger than the limit, whole and in order', async () => {
      const { stream, body } = await watch();
      for (const name of upTo(24)) stream.send(frame(name, 900 * KIB), 900 * KIB);
      stream.initialEventsEnd();
      expect(await names(body, 24)).toEqual(upTo(24));
    });

    test('makes initial events when the client takes them, not before', async () => {
      const { stream, body } = await watch();
      let made = 0;
      const counting = (name: number) => () => {
        made += 1;
        return frame(name, MIB)();
      };
      for (const name of upTo(40)) stream.send(counting(name), MIB);
      stream.initialEventsEnd();
      expect(made).toBeLessThan(20);
      expect(await names(body, 40)).toEqual(upTo(40));
    });

    test('sends changes after the initial events that they came upon', async () => {
      const { stream, body } = await watch();
      for (const name of upTo(16)) stream.send(frame(name, 900 * KIB), 900 * KIB);
      stream.initialEventsEnd();
      for (const name of [16, 17, 18]) stream.send(frame(name, KIB), KIB);
      expect(await names(body, 19)).toEqual(upTo(19));
      stream.send(frame(19, KIB), KIB);
      expect(await names(body, 1)).toEqual([19]);
    });

    test('cuts off a client that lets changes pile up behind the initial events', async () => {
      const { stream, response, body } = await watch();
      for (const name of upTo(16)) stream.send(frame(name, 900 * KIB), 900 * KIB);
      stream.initialEventsEnd();
      for (const name of upTo(9)) stream.send(frame(name, MIB), MIB);
      await cutOff(response, body);
    });

    test('breaks off when a waiting event cannot be made', async () => {
      const { stream, response, body } = await watch();
      for (const name of upTo(16)) stream.send(frame(name, 900 * KIB), 900 * KIB);
      const fail = () => {
        throw new Error('cannot be shown');
      };
      stream.send(fail, KIB);
      body.resume();
      await cutOff(response, body);
    });

    test('cuts off a client that lets changes pile up', async () => {
      const { stream, response, body } = await watch();
      stream.initialEventsEnd();
      for (const name of upTo(64)) stream.send(frame(name, MIB), MIB);
      await cutOff(response, body);
    });

    test('ends in order though events are still waiting', async () => {
      const { stream, body } = await watch();
      for (const name of upTo(16)) stream.send(frame(name, 900 * KIB), 900 * KIB);
      stream.end();
      const got = await names(body, 16);
      expect(got).toEqual(upTo(got.length));
    });
  });

describe('the end of a watch', () => {
  test('comes when its time is up', async () => {
    const clock = new FakeClock();
    const { stream } = await watchOverHttp1();
    const ended = stream.ended(new AbortController().signal, 1_000, clock);
    clock.advance(1_000);
    await ended;
  });

  test('comes when the client has gone', async () => {
    const gone = new AbortController();
    const { stream } = await watchOverHttp1();
    const ended = stream.ended(gone.signal, 1_000, new FakeClock());
    gone.abort();
    await ended;
  });
});
