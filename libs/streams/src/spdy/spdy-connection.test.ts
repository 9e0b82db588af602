import { describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import { FakeClock } from '@hawser/runtime';
import { eventually, settled } from '@hawser/runtime/testing';
import fc from 'fast-check';
import { readAll } from '../testing/read-all.ts';
import { socketPair } from '../testing/socket-pair.ts';
import {
  dataHead,
  FrameReader,
  goAway,
  MAX_CONTROL_BYTES,
  ping,
  rstStream,
  synReply,
  synStream,
} from './frames.ts';
import { HeaderDecoder, HeaderEncoder, MAX_HEADER_BYTES } from './header-codec.ts';
import { HEADER_DICTIONARY } from './header-dictionary.ts';
import { SpdyConnection, type SpdyOptions } from './spdy-connection.ts';
import { SpdyError, StreamResetError } from './spdy-error.ts';
import type { SpdyStream } from './spdy-stream.ts';

async function connect(onStream: (stream: SpdyStream) => void) {
  const [a, b] = await socketPair();
  const client = new SpdyConnection(a, { role: 'client' });
  const server = new SpdyConnection(b, { role: 'server', onStream });
  return { client, server };
}

const read = async (stream: SpdyStream) => String(await readAll(stream));

/** More than what the kernel's buffers and ours hold together. */
const CHUNK_BYTES = 64 * 1024;
const TOTAL_CHUNKS = 1024;

describe('headers', () => {
  test('the dictionary is the protocol’s', () => {
    const hash = new Bun.CryptoHasher('sha256').update(HEADER_DICTIONARY).digest('hex');
    expect({ length: HEADER_DICTIONARY.length, hash }).toEqual({
      length: 1423,
      hash: '51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02',
    });
  });

  test('blocks refer to those before them, and come back as they were', () => {
    const [encoder, decoder] = [new HeaderEncoder(), new HeaderDecoder()];
    const sizes = ['stdout', 'stderr', 'stdout'].map((streamType) => {
      const block = encoder.encode({ streamType, port: '80' });
      expect({ ...decoder.decode(block) }).toEqual({ streamtype: streamType, port: '80' });
      return block.length;
    });
    expect(sizes[2]).toBeLessThan(sizes[0]!);
  });

  test('a block that grows beyond measure ends in an error', () => {
    const block = new HeaderEncoder().encode({ bomb: 'x'.repeat(MAX_HEADER_BYTES + 1) });
    expect(block.length).toBeLessThan(2_000);
    expect(() => new HeaderDecoder().decode(block)).toThrow(SpdyError);
  });

  test('no block makes the decoder throw anything but a SpdyError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          new HeaderDecoder().decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SpdyError);
        }
      }),
    );
  });
});

describe('frames', () => {
  test('are the same wherever the bytes are split', () => {
    const block = new HeaderEncoder().encode({ streamType: 'stdin' });
    const bytes = Buffer.concat([
      synStream(1, block, false),
      dataHead(1, 5, false),
      Buffer.from('hello'),
      ping(3),
      dataHead(1, 0, true),
    ]);
    for (let at = 0; at <= bytes.length; at += 1) {
      const seen: unknown[] = [];
      let text = '';
      const reader = new FrameReader({
        control: ({ type, body }) => seen.push([type, body.length]),
        data: ({ data, fin }) => {
          text += data;
          if (fin) seen.push('fin');
        },
      });
      reader.push(bytes.subarray(0, at));
      reader.push(bytes.subarray(at));
      expect({ text, seen }).toEqual({ text: 'hello', seen: [[1, 10 + block.length], [6, 4], 'fin'] });
    }
  });

  test('garbage ends the connection with a clean error, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), async (chunks) => {
        const [a, b] = await socketPair();
        const connection = new SpdyConnection(b, { role: 'server', onStream: (stream) => stream.refuse() });
        a.resume();
        for (const chunk of chunks) if (a.writable) a.write(chunk);
        a.end();
        a.destroy();
        connection.destroy();
        await connection.closed;
        expect(connection.openStreams).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

describe('streams', () => {
  test('carry bytes both ways and end by halves', async () => {
    const { client } = await connect(async (stream) => {
      stream.accept();
      stream.end(`${stream.headers['streamtype']}: ${await read(stream)}`);
    });
    const stream = await client.createStream({ streamType: 'data' });
    stream.end('question');
    expect(await read(stream)).toBe('data: question');
    expect(client.openStreams).toBe(0);
  });

  test('a stream that is refused is not made', async () => {
    const { client } = await connect((stream) => stream.refuse());
    await expect(client.createStream({})).rejects.toBeInstanceOf(StreamResetError);
    expect(client.openStreams).toBe(0);
  });

  test('a stream that is destroyed is reset at the other end', async () => {
    const lost = Promise.withResolvers<Error>();
    const { client } = await connect((stream) => {
      stream.accept();
      stream.on('error', lost.resolve);
    });
    (await client.createStream({})).destroy();
    expect(await lost.promise).toBeInstanceOf(StreamResetError);
  });

  test('what had come whole before the connection ended can be read after', async () => {
    const { client, server } = await connect((stream) => {
      stream.accept();
      stream.end('x'.repeat(100_000));
      stream.once('finish', () => server.close());
    });
    const stream = await client.createStream({});
    await client.closed;
    expect((await read(stream)).length).toBe(100_000);
  });

  test('the end of the connection ends every stream that had not ended', async () => {
    const { client, server } = await connect((stream) => stream.accept());
    const stream = await client.createStream({});
    const failure = read(stream).catch((error: unknown) => error);
    server.destroy();
    expect(await failure).toBeInstanceOf(StreamResetError);
  });

  test('a reader that is behind holds back the writer, not the memory', async () => {
    let written = 0;
    const { client } = await connect((stream) => {
      stream.accept();
      const more = () => {
        while (written < TOTAL_CHUNKS) {
          written += 1;
          if (!stream.write(Buffer.alloc(CHUNK_BYTES))) return;
        }
      };
      stream.on('drain', more);
      more();
    });
    const stream = await client.createStream({});
    await settled(() => written);
    expect(written).toBeLessThan(TOTAL_CHUNKS);
    let size = 0;
    for await (const chunk of stream) {
      size += chunk.length;
      if (size === TOTAL_CHUNKS * CHUNK_BYTES) break;
    }
    expect(written).toBe(TOTAL_CHUNKS);
  });

  test('a ping is answered', async () => {
    const { client, server } = await connect(() => {});
    await client.ping();
    await server.ping();
  });
});

describe('a peer that does not keep to the rules', () => {
  /** A server, and what its raw peer hears. */
  async function raw(options: Partial<SpdyOptions> = {}) {
    const [near, far] = await socketPair();
    const onStream = (stream: SpdyStream) => stream.accept();
    const server = new SpdyConnection(far, { role: 'server', onStream, ...options });
    near.on('error', () => {});
    return { near, far, server };
  }

  const block = new HeaderEncoder().encode({ streamType: 'data' });
  const tooLong = Buffer.concat([Buffer.from([0x80, 3, 0, 1, 0]), Buffer.from([1, 0, 1])]);
  const faults = [
    { name: 'another version', bytes: Buffer.from([0x80, 2, 0, 1, 0, 0, 0, 0]) },
    { name: 'a control frame beyond measure', bytes: tooLong },
    { name: 'a stream of our number', bytes: synStream(2, block, false) },
    { name: 'a short SYN_STREAM', bytes: Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1]) },
    { name: 'a short PING', bytes: Buffer.from([0x80, 3, 0, 6, 0, 0, 0, 0]) },
    { name: 'headers that cannot be inflated', bytes: synStream(1, Buffer.from('garbage'), false) },
    {
      name: 'a bomb of headers',
      bytes: synStream(1, new HeaderEncoder().encode({ x: 'y'.repeat(1_000_000) }), false),
    },
  ];
  for (const { name, bytes } of faults)
    test(`${name} ends the connection with GOAWAY`, async () => {
      expect(bytes.length).toBeLessThan(MAX_CONTROL_BYTES);
      const { near, server } = await raw();
      near.write(bytes);
      const said = await readAll(near);
      expect(said).toEqual(goAway(0, 1));
      near.destroy();
      await server.closed;
    });

  test('frames for streams that are not there, and of unknown kinds, are passed over', async () => {
    const { near, server } = await raw();
    near.write(
      Buffer.concat([
        dataHead(77, 3, true),
        Buffer.from('abc'),
        rstStream(77, 1),
        synReply(77, new HeaderEncoder().encode({})),
        Buffer.from([0x80, 3, 0, 9, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 255, 255]),
        Buffer.from([0x80, 3, 0, 200, 0, 0, 0, 2, 1, 2]),
        ping(1),
      ]),
    );
    const answer = Promise.withResolvers<Buffer>();
    near.once('data', answer.resolve);
    expect(await answer.promise).toEqual(ping(1));
    server.destroy();
  });

  test('pings that nobody reads the answers of are not kept', async () => {
    const { near, far, server } = await raw();
    near.pause();
    const pings = Buffer.concat(Array.from({ length: 10_000 }, () => ping(1)));
    for (let i = 0; i < 200; i += 1) near.write(pings);
    await eventually(() => near.writableLength === 0);
    expect(far.writableLength).toBeLessThan(64 * 1024);
    server.destroy();
  });

  test('one that says nothing for long is dead; one that answers pings is not', async () => {
    const clock = new FakeClock();
    const { near, server, far } = await raw({ clock, keepAlive: { pingMs: 10, deadlineMs: 35 } });
    let pings = 0;
    const frames = new FrameReader({
      control: () => {
        pings += 1;
      },
      data: () => {},
    });
    near.on('data', (chunk: Buffer) => frames.push(chunk));
    for (let i = 1; i <= 5; i += 1) {
      await eventually(() => far.writableLength === 0);
      clock.advance(10);
      await eventually(() => pings === i);
      near.write(ping(2 * i));
      await new Promise((resolve) => far.once('data', resolve));
    }
    expect(far.destroyed).toBe(false);
    for (let i = 0; i < 4; i += 1) clock.advance(10);
    await server.closed;
  });
});

describe('saying good-bye', () => {
  test('what was written goes out, and what the peer still sends cannot undo it', async () => {
    const [near, far] = await socketPair();
    const accepted = Promise.withResolvers<SpdyStream>();
    const server = new SpdyConnection(far, {
      role: 'server',
      onStream: (stream) => {
        stream.accept();
        accepted.resolve(stream);
      },
    });
    near.write(synStream(1, new HeaderEncoder().encode({}), false));
    const stream = await accepted.promise;
    near.pause();
    const total = 16 * 1024 * 1024;
    stream.write(Buffer.alloc(total));
    server.close();
    // Neither is answered: what is written after the end would destroy the connection.
    const heard = once(far, 'data');
    near.write(Buffer.concat([ping(1), dataHead(1, 1, false), Buffer.from('x'), rstStream(1, 5)]));
    await heard;
    expect((await readAll(near)).length).toBeGreaterThan(total);
    near.destroy();
    await server.closed;
  });

  test('a peer that does not close its side is not waited for', async () => {
    const clock = new FakeClock();
    const [near, far] = await socketPair();
    const server = new SpdyConnection(far, { role: 'server', clock });
    server.close();
    expect(await readAll(near)).toEqual(goAway(0, 0));
    clock.advance(10_000);
    await server.closed;
  });
});
