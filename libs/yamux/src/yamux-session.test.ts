import { describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { FakeClock } from '@hawser/runtime';
import { eventually } from '@hawser/runtime/testing';
import fc from 'fast-check';
import { encodeHeader, Flag, FrameReader, FrameType, GoAwayCode, INITIAL_WINDOW_BYTES } from './frames.ts';
import { memoryPair, readAll, socketPair } from './socket-pair.testing.ts';
import { StreamResetError, YamuxError } from './yamux-error.ts';
import { type YamuxOptions, YamuxSession } from './yamux-session.ts';
import type { YamuxStream } from './yamux-stream.ts';

type ServerOptions = Omit<YamuxOptions, 'role'>;

async function connect(options: ServerOptions, clientOptions: ServerOptions = {}) {
  const [a, b] = await socketPair();
  const client = new YamuxSession(a, { role: 'client', ...clientOptions });
  const server = new YamuxSession(b, { role: 'server', ...options });
  return { client, server, a, b };
}

/** A session as the server, and the stream that the client opens first, at both ends. */
async function connectStream() {
  const accepted = Promise.withResolvers<YamuxStream>();
  const ends = await connect({ onStream: accepted.resolve });
  const near = ends.client.open();
  return { ...ends, near, far: await accepted.promise };
}

/** A session whose peer is raw bytes; what it says is collected as frames. */
async function connectRaw(options: YamuxOptions) {
  const [raw, socket] = await socketPair();
  const frames: { type: number; flags: number; streamId: number; length: number }[] = [];
  const reader = new FrameReader({
    frame: (type, flags, streamId, length) => void frames.push({ type, flags, streamId, length }),
    payload: () => {},
  });
  raw.on('data', (chunk: Buffer) => reader.push(chunk)).on('error', () => {});
  const session = new YamuxSession(socket, options);
  /** Sends what is answered, so that what came before it has been heard. */
  const heard = async () => {
    const count = () =>
      frames.filter(({ type, flags }) => type === FrameType.ping && flags === Flag.ack).length;
    const before = count();
    raw.write(encodeHeader(FrameType.ping, Flag.syn, 0, 7));
    await eventually(() => count() > before);
  };
  return { raw, session, frames, heard };
}

const syn = (streamId: number) => encodeHeader(FrameType.windowUpdate, Flag.syn, streamId, 0);

const echo = (stream: YamuxStream) => {
  stream.on('data', (chunk: Buffer) => stream.write(chunk)).on('end', () => stream.end());
};

describe('streams', () => {
  test('what goes in comes out, in order and stream by stream, however the bytes are cut', async () => {
    const writes = fc.array(fc.nat({ max: 200_000 }), { maxLength: 6 });
    const cuts = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(writes, { minLength: 1, maxLength: 5 }), cuts, async (plans, sizes) => {
        const [a, b] = memoryPair(sizes);
        const server = new YamuxSession(b, { role: 'server', onStream: echo });
        const client = new YamuxSession(a, { role: 'client' });
        await Promise.all(
          plans.map(async (plan, at) => {
            const stream = client.open();
            const chunks = plan.map((size, turn) => Buffer.alloc(size, `${at}.${turn} `));
            const answer = readAll(stream);
            for (const chunk of chunks) stream.write(chunk);
            stream.end();
            expect((await answer).equals(Buffer.concat(chunks))).toBe(true);
          }),
        );
        await eventually(() => client.streams + server.streams === 0);
        client.close();
        expect(await server.closed).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  test('either side opens streams', async () => {
    const { client, server } = await connect({ onStream: echo }, { onStream: echo });
    for (const session of [client, server]) {
      const stream = session.open();
      stream.end('hello');
      expect(String(await readAll(stream))).toBe('hello');
    }
    client.destroy();
  });

  test('a half that has ended leaves the other open', async () => {
    const { near, far, client } = await connectStream();
    near.end('question');
    expect(String(await readAll(far))).toBe('question');
    far.write('first ');
    expect(String((await once(near, 'data'))[0])).toBe('first ');
    const rest = readAll(near);
    far.end('second');
    expect(String(await rest)).toBe('second');
    await eventually(() => client.streams === 0);
    client.destroy();
  });

  test('a half that the peer has ended can still be written to', async () => {
    const { near, far, client } = await connectStream();
    far.end();
    await readAll(near);
    near.write('after');
    expect(String((await once(far, 'data'))[0])).toBe('after');
    near.end();
    await readAll(far);
    await eventually(() => client.streams === 0);
    client.destroy();
  });

  test('a stream that is destroyed is reset at the other end, and only that one', async () => {
    const { near, far, client, server } = await connectStream();
    const other = client.open();
    near.write('some');
    await once(far, 'data');
    near.destroy();
    const [error] = await once(far, 'error');
    expect(error).toBeInstanceOf(StreamResetError);
    expect(error.code).toBe('ECONNRESET');
    await eventually(() => client.streams === 1 && server.streams === 1);
    expect(other.destroyed).toBe(false);
    client.destroy();
  });

  test('what came whole before a reset can still be read', async () => {
    const { raw, session, heard } = await connectRaw({
      role: 'server',
      onStream: (stream) => void accepted.resolve(stream),
    });
    const accepted = Promise.withResolvers<YamuxStream>();
    raw.write(Buffer.concat([syn(1), encodeHeader(FrameType.data, Flag.fin, 1, 6), Buffer.from('answer')]));
    raw.write(encodeHeader(FrameType.windowUpdate, Flag.rst, 1, 0));
    const stream = await accepted.promise;
    await heard();
    stream.write('nobody takes this');
    expect(String(await readAll(stream))).toBe('answer');
    await eventually(() => stream.destroyed);
    expect(stream.errored).toBeInstanceOf(StreamResetError);
    expect(session.streams).toBe(0);
    session.destroy();
  });

  test('a stream whose reader does not read holds up no other, and its writer waits', async () => {
    const streams: YamuxStream[] = [];
    const { client } = await connect({
      onStream: (stream) => {
        streams.push(stream);
        if (streams.length > 1) echo(stream);
      },
    });
    const stalled = client.open();
    let writtenBytes = 0;
    const chunk = Buffer.alloc(65_536);
    const wrote = () => {
      writtenBytes += chunk.length;
    };
    while (stalled.write(chunk, wrote));
    const other = client.open();
    for (let turn = 0; turn < 200; turn += 1) {
      other.write(`turn ${turn}`);
      expect(String((await once(other, 'data'))[0])).toBe(`turn ${turn}`);
    }
    expect(writtenBytes).toBeLessThanOrEqual(INITIAL_WINDOW_BYTES);
    expect(streams[0]!.readableLength).toBe(0);
    const size = readAll(streams[0]!);
    stalled.end();
    expect((await size).length).toBe(256 * 1024);
    client.destroy();
  });

  test('beside a stream that has much to say, what another says goes out after two turns at most', async () => {
    const [raw, transport] = memoryPair([65_536]);
    const session = new YamuxSession(transport, { role: 'client' });
    let bulkBytes = 0;
    let arrived = (): void => {};
    const reader = new FrameReader({
      frame: (type, _flags, streamId, length) => {
        if (type === FrameType.data && streamId === 1) bulkBytes += length;
        if (type === FrameType.data && streamId === 3) arrived();
      },
      payload: () => {},
    });
    raw.on('data', (chunk: Buffer) => reader.push(chunk)).on('error', () => {});
    const [bulk, other] = [session.open(), session.open()];
    raw.write(encodeHeader(FrameType.windowUpdate, Flag.ack, 1, 2 ** 30));
    const chunk = Buffer.alloc(65_536);
    const pump = () => {
      while (bulk.write(chunk));
    };
    bulk.on('drain', pump);
    pump();
    for (let turn = 1; turn <= 20; turn += 1) {
      await eventually(() => bulkBytes > turn * 1024 * 1024);
      const before = bulkBytes;
      const heard = Promise.withResolvers<number>();
      arrived = () => heard.resolve(bulkBytes);
      other.write('ping');
      expect((await heard.promise) - before).toBeLessThanOrEqual(512 * 1024);
    }
    session.destroy();
  });

  test('10,000 streams opened and closed leave nothing behind', async () => {
    const { client, server } = await connect({ onStream: echo });
    for (let round = 0; round < 10; round += 1) {
      const streams = Array.from({ length: 1_000 }, () => client.open());
      const answers = streams.map(readAll);
      for (const [at, stream] of streams.entries()) at % 2 === 0 ? stream.end(`${at}`) : stream.end();
      await Promise.all(answers);
      await eventually(() => client.streams + server.streams === 0);
    }
    client.destroy();
  });

  test('10,000 streams opened and reset leave nothing behind', async () => {
    const { client, server } = await connect({ onStream: echo });
    const streams = Array.from({ length: 10_000 }, () => client.open());
    await client.ping();
    expect(server.streams).toBe(10_000);
    for (const stream of streams) stream.destroy();
    await eventually(() => client.streams + server.streams === 0);
    client.destroy();
  });

  test('the window grows while it is what holds the peer back, up to its bound', async () => {
    const { raw, session, frames } = await connectRaw({
      role: 'server',
      onStream: (stream) => void stream.resume(),
      maxWindowBytes: 1024 * 1024,
    });
    raw.write(syn(1));
    let windowBytes = INITIAL_WINDOW_BYTES;
    let sentBytes = 0;
    let seen = 0;
    const raised = () => {
      for (; seen < frames.length; seen += 1)
        if (frames[seen]!.type === FrameType.windowUpdate) windowBytes += frames[seen]!.length;
      return windowBytes > sentBytes;
    };
    while (sentBytes < 16 * 1024 * 1024) {
      await eventually(raised);
      const length = Math.min(windowBytes - sentBytes, 65_536);
      raw.write(Buffer.concat([encodeHeader(FrameType.data, 0, 1, length), Buffer.alloc(length)]));
      sentBytes += length;
      expect(windowBytes - sentBytes).toBeLessThanOrEqual(1024 * 1024);
    }
    const raises = frames.filter(({ type, flags }) => type === FrameType.windowUpdate && flags === 0);
    expect(Math.max(...raises.map(({ length }) => length))).toBeGreaterThan(INITIAL_WINDOW_BYTES);
    session.destroy();
  });

  test('a small piece of a large chunk does not keep the chunk alive, even for a reader that keeps it', async () => {
    const kept: Buffer[] = [];
    const { raw, session, heard } = await connectRaw({
      role: 'server',
      onStream: (stream) => void stream.on('data', (piece: Buffer) => kept.push(piece)),
    });
    raw.write(Buffer.concat([syn(1), syn(3)]));
    await heard();
    const large = Buffer.concat([encodeHeader(FrameType.data, 0, 3, 200_000), Buffer.alloc(200_000)]);
    const small = Buffer.concat([encodeHeader(FrameType.data, 0, 1, 1), Buffer.from('x')]);
    raw.write(Buffer.concat([small, large]));
    await heard();
    const [first] = kept;
    expect(String(first)).toBe('x');
    expect(first!.buffer.byteLength).toBeLessThan(16_384);
    session.destroy();
  });

  test('small pieces keep no more alive than about what they hold, however they come', async () => {
    const opened = Promise.withResolvers<YamuxStream>();
    const { raw, session, heard } = await connectRaw({ role: 'server', onStream: opened.resolve });
    raw.write(syn(1));
    const stream = await opened.promise;
    const frame = Buffer.concat([encodeHeader(FrameType.data, 0, 1, 1), Buffer.of(7)]);
    // Its reader is there, and has enough for now.
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece)).pause();
    raw.write(Buffer.concat(Array.from({ length: 5_000 }, () => frame)));
    await heard();
    stream.resume();
    await eventually(() => pieces.reduce((sum, { length }) => sum + length, 0) === 5_000);
    const kept = [...new Set(pieces.map(({ buffer }) => buffer))];
    expect(kept.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(40_000);
    expect(pieces.length).toBeLessThan(10);
    session.destroy();
  });

  test('what windows have grown by is given back with their streams', async () => {
    let mostBytes = 0;
    const { client, server } = await connect({
      onStream: (stream) => {
        stream
          .on('end', () => stream.end())
          .on('data', () => {
            mostBytes = Math.max(mostBytes, server.grownBytes);
          });
      },
      // Room for windows to grow once or twice in all.
      maxUnreadBytes: 2 * 1024 * 1024,
    });
    for (let turn = 0; turn < 5; turn += 1) {
      const stream = client.open();
      const over = readAll(stream);
      for (let part = 0; part < 100; part += 1) stream.write(Buffer.alloc(65_536));
      if (turn % 2 === 0) stream.end();
      else stream.destroy();
      if (turn % 2 === 0) await over;
      else over.catch(() => {});
    }
    await eventually(() => client.streams + server.streams === 0);
    expect(server.grownBytes).toBe(0);
    expect(mostBytes).toBeGreaterThan(0);
    expect(mostBytes).toBeLessThanOrEqual(512 * 1024);
    client.destroy();
  });
});

describe('the end of a session', () => {
  test('after a go-away no streams are opened, and those that are open go on', async () => {
    const { near, far, client, server } = await connectStream();
    server.goAway();
    await eventually(() => client.peerGoneAway);
    expect(() => client.open()).toThrow(new YamuxError('the peer takes no further streams'));
    near.end('still');
    expect(String(await readAll(far))).toBe('still');
    client.destroy();
  });

  test('a session says when the numbers of its streams are running out, and opens none without one', async () => {
    const { client } = await connect({}, { maxStreamId: 2 ** 20 + 3 });
    client.open();
    expect(client.almostUsedUp).toBe(false);
    client.open();
    expect(client.almostUsedUp).toBe(true);
    client.destroy();
    const { client: used } = await connect({}, { maxStreamId: 1 });
    used.open();
    expect(() => used.open()).toThrow(new YamuxError('the session has used up its streams'));
    used.destroy();
  });

  test('a stream that crosses a go-away is refused', async () => {
    const { raw, session, frames, heard } = await connectRaw({ role: 'server', onStream: () => {} });
    session.goAway();
    raw.write(syn(1));
    await heard();
    expect(frames).toContainEqual({ type: FrameType.windowUpdate, flags: Flag.rst, streamId: 1, length: 0 });
    expect(session.streams).toBe(0);
    session.destroy();
  });

  test('closed in order, neither side has a reason, and open streams are lost', async () => {
    const { near, far, client, server } = await connectStream();
    client.close();
    expect(await Promise.all([client.closed, server.closed])).toEqual([undefined, undefined]);
    expect([near.errored, far.errored]).toEqual([expect.any(StreamResetError), expect.any(StreamResetError)]);
    expect(() => client.open()).toThrow(new YamuxError('the session has ended'));
  });

  test('a connection that is lost says so', async () => {
    const { far, client, server, a } = await connectStream();
    far.write(Buffer.alloc(1_000_000), () => {});
    a.destroy();
    expect(await client.closed).toEqual(new YamuxError('the connection was lost'));
    expect(await server.closed).toBeInstanceOf(Error);
    expect(far.destroyed).toBe(true);
  });

  test('a session over what is lost already ends at once', async () => {
    const [a, b] = await socketPair();
    b.destroy();
    a.destroy();
    await eventually(() => a.closed);
    expect(await new YamuxSession(a, { role: 'client' }).closed).toBeInstanceOf(YamuxError);
  });

  test('a peer that does not close its side gets no more than ten seconds', async () => {
    const clock = new FakeClock();
    const { raw, session } = await connectRaw({ role: 'server', clock });
    raw.pause();
    session.close();
    clock.advance(10_000);
    expect(await session.closed).toBeUndefined();
    raw.destroy();
  });
});

describe('keep-alive', () => {
  const keepAlive = { pingMs: 5_000, deadlineMs: 10_000 };

  test('a peer that has vanished is noticed within 15 s', async () => {
    const clock = new FakeClock();
    const { session, raw } = await connectRaw({ role: 'server', clock, keepAlive });
    raw.pause();
    for (let seconds = 0; seconds < 14; seconds += 1) clock.advance(1_000);
    let closed = false;
    void session.closed.then(() => {
      closed = true;
    });
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    clock.advance(1_000);
    expect(await session.closed).toEqual(new YamuxError('the peer has not answered for too long'));
    raw.destroy();
  });

  test('a peer that answers lives', async () => {
    const clock = new FakeClock();
    const { client, server } = await connect({ clock, keepAlive });
    for (let turn = 0; turn < 20; turn += 1) {
      clock.advance(5_000);
      await client.ping();
    }
    client.close();
    expect(await server.closed).toBeUndefined();
  });
});

describe('a peer that breaks the rules', () => {
  const data = (streamId: number, bytes: number, flags = 0) =>
    Buffer.concat([encodeHeader(FrameType.data, flags, streamId, bytes), Buffer.alloc(bytes)]);
  const cases: { name: string; says: string; bytes: Buffer[] }[] = [
    {
      name: 'sends more than the window takes',
      says: 'more data than the window of stream 1 takes',
      bytes: [syn(1), data(1, INITIAL_WINDOW_BYTES), data(1, 1)],
    },
    {
      name: 'announces more than the window takes',
      says: 'more data than the window of stream 1 takes',
      bytes: [syn(1), encodeHeader(FrameType.data, 0, 1, 0xffff_ffff)],
    },
    {
      name: 'sends data after its half has ended',
      says: 'data after the end of stream 1',
      bytes: [syn(1), data(1, 3, Flag.fin), data(1, 3)],
    },
    { name: 'opens our streams', says: "stream 2 is not the peer's to open", bytes: [syn(2)] },
    { name: 'opens a stream twice', says: "stream 1 is not the peer's to open", bytes: [syn(1), syn(1)] },
    { name: 'opens no stream', says: 'a frame of a stream without its number', bytes: [syn(0)] },
    {
      name: 'raises a window beyond what it can be',
      says: 'the window of stream 1 is too large',
      bytes: [syn(1), encodeHeader(FrameType.windowUpdate, 0, 1, 0xffff_ffff)],
    },
    {
      name: 'speaks something else',
      says: 'version 71 is not known',
      bytes: [Buffer.from('GET / HTTP/1.1\r\n')],
    },
  ];
  for (const { name, says, bytes } of cases)
    test(`is told so when it ${name}`, async () => {
      const { raw, session, frames } = await connectRaw({ role: 'server', onStream: () => {} });
      raw.write(Buffer.concat(bytes));
      expect(await session.closed).toEqual(new YamuxError(says));
      await eventually(() => raw.readableEnded || raw.destroyed);
      expect(frames.at(-1)).toEqual({
        type: FrameType.goAway,
        flags: 0,
        streamId: 0,
        length: GoAwayCode.protocolError,
      });
    });

  test('is heard when it tells us that we have', async () => {
    const { raw, session } = await connectRaw({ role: 'client' });
    raw.write(encodeHeader(FrameType.goAway, 0, 0, GoAwayCode.protocolError));
    expect(await session.closed).toEqual(new YamuxError('the peer has ended the session: protocol error'));
  });

  test('frames of streams that are not known are passed over', async () => {
    const { raw, session, frames, heard } = await connectRaw({ role: 'server', onStream: () => {} });
    raw.write(
      Buffer.concat([data(9, 300_000), data(9, 3, Flag.fin), data(9, 3, Flag.rst), data(4, 1, Flag.rst)]),
    );
    await heard();
    expect(frames.filter(({ type }) => type !== FrameType.ping)).toEqual([]);
    session.destroy();
  });

  test('more streams than may be are refused, also to ourselves', async () => {
    const { raw, session, frames, heard } = await connectRaw({
      role: 'server',
      maxStreams: 2,
      onStream: () => {},
    });
    raw.write(Buffer.concat([syn(1), syn(3), syn(5)]));
    await heard();
    expect(frames).toContainEqual({ type: FrameType.windowUpdate, flags: Flag.rst, streamId: 5, length: 0 });
    expect(session.streams).toBe(2);
    expect(() => session.open()).toThrow(new YamuxError('too many streams'));
    session.destroy();
  });

  test('streams that it has reset count until what they brought is read', async () => {
    const streams: YamuxStream[] = [];
    const { raw, session, frames, heard } = await connectRaw({
      role: 'server',
      maxStreams: 2,
      onStream: (stream) => void streams.push(stream),
    });
    const reset = (id: number) => encodeHeader(FrameType.windowUpdate, Flag.rst, id, 0);
    raw.write(Buffer.concat([1, 3, 5].flatMap((id) => [syn(id), data(id, 9, Flag.fin), reset(id)])));
    await heard();
    expect(frames).toContainEqual({ type: FrameType.windowUpdate, flags: Flag.rst, streamId: 5, length: 0 });
    await readAll(streams[0]!);
    await eventually(() => streams[0]!.destroyed);
    raw.write(syn(7));
    await eventually(() => session.streams === 1);
    session.destroy();
  });

  test('pings and refusals that it does not read do not pile up', async () => {
    const { raw, session } = await connectRaw({ role: 'server' });
    const flood = Buffer.concat(Array.from({ length: 10_000 }, (_, at) => syn(2 * at + 1)));
    raw.pause();
    let over = false;
    void session.closed.then(() => {
      over = true;
    });
    const write = () => void raw.write(flood, () => over || write());
    write();
    expect(await session.closed).toEqual(new YamuxError('the peer does not read what it is answered'));
    raw.destroy();
  }, 20_000);

  test('when too much waits unread, streams that hold most of it are reset and others go on', async () => {
    const streams: YamuxStream[] = [];
    const { client } = await connect({
      onStream: (stream) => {
        streams.push(stream);
        if (stream.id === 1) echo(stream);
      },
      maxUnreadBytes: 1024 * 1024,
    });
    const healthy = client.open();
    const stalled = Array.from({ length: 16 }, () => client.open());
    for (const stream of stalled) stream.write(Buffer.alloc(INITIAL_WINDOW_BYTES));
    await eventually(() => stalled.filter(({ destroyed }) => destroyed).length >= 12);
    healthy.end('alive');
    expect(String(await readAll(healthy))).toBe('alive');
    expect(streams.filter(({ destroyed }) => !destroyed).length).toBeGreaterThan(0);
    client.destroy();
  });

  test('garbage that looks like frames ends in order or in a YamuxError, and leaves no streams', async () => {
    const header = fc
      .tuple(
        fc.nat({ max: 3 }),
        fc.nat({ max: 15 }),
        fc.nat({ max: 6 }),
        fc.oneof(fc.nat({ max: 40 }), fc.nat()),
      )
      .map(([type, flags, id, length]) => encodeHeader(type, flags, id, length));
    const junk = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    const bytes = fc.array(fc.oneof({ weight: 4, arbitrary: header }, junk), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        async (parts, sizes) => {
          const [raw, transport]: Duplex[] = memoryPair(sizes);
          const session = new YamuxSession(transport!, { role: 'server', onStream: echo });
          session.open().write('ours');
          raw!.resume().on('error', () => {});
          raw!.end(Buffer.concat(parts));
          expect([YamuxError, undefined]).toContain((await session.closed)?.constructor as never);
          expect(session.streams).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
