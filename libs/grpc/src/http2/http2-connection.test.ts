import { expect, test } from 'bun:test';
import { Duplex, duplexPair } from 'node:stream';
import { FakeClock } from '@hawser/runtime';
import { eventually } from '@hawser/runtime/testing';
import fc from 'fast-check';
import { type GrpcConnection, type ServeGrpcOptions, serveGrpc } from '../serve-grpc.ts';
import { PREFACE, writeFrameHead } from './frame.ts';
import { FrameReader } from './frame-reader.ts';

function frame(type: number, flags: number, streamId: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(9);
  writeFrameHead(bytes, 0, payload.length, type, flags, streamId);
  return Buffer.concat([bytes, payload]);
}

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const SETTINGS = frame(4, 0, 0);
/** POST https /t/echo, application/grpc. */
const HEADERS = Buffer.concat([
  Buffer.from([0x83, 0x87, 0x04, 7]),
  Buffer.from('/t/echo'),
  Buffer.from([0x0f, 0x10, 16]),
  Buffer.from('application/grpc'),
]);
const OPEN = frame(1, 4, 1, HEADERS);
/** The same for a method that takes no messages. */
const HOLD = frame(1, 4, 1, Buffer.from(HEADERS.toString('latin1').replace('echo', 'hold'), 'latin1'));
const MESSAGE = Buffer.from([0, 0, 0, 0, 2, 104, 105]);

interface Peer {
  readonly connection: GrpcConnection;
  readonly client: Duplex;
  readonly clock: FakeClock;
  readonly heard: () => Buffer;
}

const METHODS: ServeGrpcOptions['methods'] = {
  '/t/echo': (call) =>
    call.start({ message: (message) => call.send(message), end: () => call.finish(), closed() {} }),
  '/t/hold': (call) => call.pause(),
  '/t/pour': (call) => {
    const piece = Buffer.alloc(32_768);
    const pour = () => {
      while (call.send(piece));
    };
    call.start({ message() {}, drain: pour, closed() {} });
    pour();
  },
};

/** A server that says back what it hears, and a client whose bytes the test makes. */
function peer(): Peer {
  const [client, server] = duplexPair();
  const clock = new FakeClock();
  const connection = serveGrpc(server, {
    methods: METHODS,
    windowBytes: 65_535,
    maxConcurrentStreams: 4,
    keepAlive: { pingMs: 9_000, timeoutMs: 9_000 },
    clock,
  });
  const chunks: Buffer[] = [];
  client.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
  return { connection, client, clock, heard: () => Buffer.concat(chunks) };
}

test('answers, however its bytes are split', async () => {
  const bytes = Buffer.concat([PREFACE, SETTINGS, OPEN, frame(0, 1, 1, MESSAGE)]);
  for (let at = 1; at < bytes.length; at++) {
    const { client, connection, heard } = peer();
    client.write(bytes.subarray(0, at));
    await new Promise(setImmediate);
    client.write(bytes.subarray(at));
    await eventually(() => heard().includes(frame(0, 0, 1, MESSAGE)) && heard().includes('grpc-status'));
    connection.destroy();
  }
});

test('answers what comes in padded frames, with priorities and continuations', async () => {
  const { client, heard } = peer();
  client.write(
    Buffer.concat([
      ...[PREFACE, SETTINGS],
      frame(
        1,
        8 | 32,
        1,
        Buffer.concat([Buffer.of(2), Buffer.alloc(5), HEADERS.subarray(0, 6), Buffer.alloc(2)]),
      ),
      frame(9, 0, 1, HEADERS.subarray(6, 9)),
      frame(9, 4, 1, HEADERS.subarray(9)),
      frame(2, 0, 1, Buffer.alloc(5)),
      frame(77, 0, 1, Buffer.alloc(5)),
      frame(0, 8, 1, Buffer.concat([Buffer.of(3), MESSAGE, Buffer.alloc(3)])),
    ]),
  );
  await eventually(() => heard().includes(frame(0, 0, 1, MESSAGE)));
});

/** What a peer says after its settings, and the code of the GOAWAY that it hears. */
const violations = [
  { name: 'no preface', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: example\r\n\r\n'), code: 1, bare: true },
  { name: 'no settings', bytes: Buffer.concat([PREFACE, OPEN]), code: 1, bare: true },
  { name: 'a frame that is too large', bytes: frame(6, 0, 0, Buffer.alloc(20_000)), code: 6 },
  { name: 'a data frame that is too large', bytes: frame(0, 0, 1, Buffer.alloc(70_000)), code: 6 },
  { name: 'data on a stream that was not opened', bytes: frame(0, 0, 1, MESSAGE), code: 1 },
  { name: 'data on stream 0', bytes: frame(0, 0, 0, MESSAGE), code: 1 },
  { name: 'a stream with an even number', bytes: frame(1, 4, 2, HEADERS), code: 1 },
  { name: 'a ping of the wrong size', bytes: frame(6, 0, 0, Buffer.alloc(7)), code: 6 },
  { name: 'settings of the wrong size', bytes: frame(4, 0, 0, Buffer.alloc(5)), code: 6 },
  { name: 'a window beyond its bounds', bytes: frame(8, 0, 0, u32(0x7fff_ffff)), code: 3 },
  { name: 'a window update of nothing', bytes: frame(8, 0, 0, u32(0)), code: 1 },
  {
    name: 'an initial window beyond its bounds',
    bytes: frame(4, 0, 0, Buffer.from('000480000000', 'hex')),
    code: 3,
  },
  { name: 'headers of no stream', bytes: frame(1, 0, 0, HEADERS), code: 1 },
  {
    name: 'settings that change without end',
    bytes: Buffer.concat(Array.from({ length: 1_000 }, () => SETTINGS)),
    code: 11,
  },
  { name: 'a push', bytes: frame(5, 4, 1, Buffer.alloc(8)), code: 1 },
  { name: 'a header block that is no HPACK', bytes: frame(1, 4, 1, Buffer.from('ff00', 'hex')), code: 9 },
  { name: 'an interrupted header block', bytes: Buffer.concat([frame(1, 0, 1, HEADERS), SETTINGS]), code: 1 },
  { name: 'a continuation of nothing', bytes: frame(9, 4, 1, HEADERS), code: 1 },
  {
    name: 'more padding than payload',
    bytes: Buffer.concat([OPEN, frame(0, 8, 1, Buffer.of(9, 1))]),
    code: 1,
  },
  {
    name: 'a header block without end',
    bytes: Buffer.concat([frame(1, 0, 1), ...Array.from({ length: 100 }, () => frame(9, 0, 1))]),
    code: 11,
  },
  {
    name: 'more data than the stream window',
    bytes: Buffer.concat([HOLD, ...Array.from({ length: 2 }, () => frame(0, 0, 1, Buffer.alloc(40_000)))]),
    code: 3,
  },
];
for (const { name, bytes, code, bare = false } of violations)
  test(`ends the connection at ${name}`, async () => {
    const { client, connection, heard } = peer();
    client.write(bare ? bytes : Buffer.concat([PREFACE, SETTINGS, bytes]));
    expect((await connection.closed)?.message).toStartWith('http2: ');
    await eventually(() => heard().includes(Buffer.concat([frame(7, 0, 0, Buffer.alloc(0)).subarray(3, 9)])));
    const goAway = heard().subarray(heard().lastIndexOf(Buffer.from('0000080700000000', 'hex')));
    expect(goAway.readUInt32BE(13)).toBe(code);
  });

test('streams beyond the limit are refused, and the others go on', async () => {
  const { client, heard } = peer();
  const opens = Array.from({ length: 5 }, (_, at) => frame(1, 4, at * 2 + 1, HEADERS));
  client.write(Buffer.concat([PREFACE, SETTINGS, ...opens, frame(0, 0, 1, MESSAGE)]));
  await eventually(() => heard().includes(frame(0, 0, 1, MESSAGE)));
  expect(heard().includes(frame(3, 0, 9, u32(7)))).toBe(true);
});

test('beside a stream that has much to say, what another says goes out after a megabyte at most', async () => {
  const waits: number[] = [];
  const done = Promise.withResolvers<void>();
  let bulkBytes = 0;
  let saidAt: number | undefined;
  const limits = { dataBytes: 65_536, otherBytes: 65_536 };
  const reader = new FrameReader(false, limits, {
    frame: () => {},
    data: (streamId, piece) => {
      if (streamId === 1) bulkBytes += piece.length;
      if (streamId === 3 && waits.push(bulkBytes - saidAt!) === 20) done.resolve();
      if (streamId === 3) saidAt = undefined;
      if (saidAt !== undefined || bulkBytes < (waits.length + 1) * 2 ** 20) return;
      saidAt = bulkBytes;
      // Heard while the server has more to say than the connection takes.
      process.nextTick(() => connection.push(frame(0, 0, 3, MESSAGE)));
    },
  });
  // Takes what is written one after the other, turn by turn, as sockets do.
  const connection = new Duplex({
    read() {},
    write: (chunk: Buffer, _encoding, taken) => {
      reader.push(chunk);
      setImmediate(taken);
    },
  });
  const server = serveGrpc(connection, { methods: METHODS, windowBytes: 65_535, maxConcurrentStreams: 4 });
  const flood = Buffer.from(HEADERS.toString('latin1').replace('echo', 'pour'), 'latin1');
  const windows = [0, 1].map((id) => frame(8, 0, id, u32(0x7000_0000)));
  connection.push(
    Buffer.concat([PREFACE, SETTINGS, frame(1, 4, 1, flood), ...windows, frame(1, 4, 3, HEADERS)]),
  );
  await done.promise;
  expect(Math.max(...waits)).toBeLessThanOrEqual(2 ** 20);
  server.destroy();
});

test('a peer that asks and does not read is ended', async () => {
  const { client, connection } = peer();
  client.pause();
  const pings = Buffer.concat(Array.from({ length: 10_000 }, () => frame(6, 0, 0, Buffer.alloc(8))));
  client.write(Buffer.concat([PREFACE, SETTINGS]));
  let over = false;
  void connection.closed.then(() => {
    over = true;
  });
  for (let count = 0; count < 100 && !over; count++) {
    client.write(pings);
    await new Promise(setImmediate);
  }
  expect((await connection.closed)?.message).toBe('http2: peer does not read what it asks for');
});

test('a peer that says nothing is pinged, and given up when nothing comes', async () => {
  const { client, connection, clock, heard } = peer();
  const pings = () =>
    heard()
      .toString('latin1')
      .split(frame(6, 0, 0, Buffer.alloc(8)).toString('latin1')).length - 1;
  client.write(Buffer.concat([PREFACE, SETTINGS]));
  await eventually(() => heard().length > 0);
  clock.advance(9_000);
  await eventually(() => pings() === 1);
  client.write(frame(6, 1, 0, Buffer.alloc(8)));
  await new Promise(setImmediate);
  // The deadline of the first ping passes; the next goes out.
  clock.advance(9_000);
  await new Promise(setImmediate);
  clock.advance(9_000);
  await eventually(() => pings() === 2);
  clock.advance(9_000);
  expect((await connection.closed)?.message).toBe('keepalive ping failed to receive ACK within timeout');
});

test('garbage ends a connection, or is answered, and nothing else happens', async () => {
  const anyFrame = fc
    .tuple(fc.integer({ min: 0, max: 10 }), fc.nat(255), fc.nat(5), fc.uint8Array({ maxLength: 60 }))
    .map(([type, flags, id, payload]) => frame(type, flags, id, Buffer.from(payload)));
  await fc.assert(
    fc.asyncProperty(fc.array(anyFrame, { maxLength: 12 }), async (frames) => {
      const { client, connection } = peer();
      client.write(Buffer.concat([PREFACE, SETTINGS, OPEN, ...frames]));
      await new Promise(setImmediate);
      client.end();
      await connection.closed;
    }),
    { numRuns: 300 },
  );
});
