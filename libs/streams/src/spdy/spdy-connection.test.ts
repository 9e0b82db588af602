import { describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { dataHead, FrameReader, ping, synStream } from './frames.ts';
import { HeaderDecoder, HeaderEncoder, MAX_HEADER_BYTES } from './header-codec.ts';
import { HEADER_DICTIONARY } from './header-dictionary.ts';
import { SpdyConnection } from './spdy-connection.ts';
import { SpdyError, StreamResetError } from './spdy-error.ts';
import type { SpdyStream } from './spdy-stream.ts';

/** Two ends of a connection. */
async function pair(): Promise<[Socket, Socket]> {
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer({ allowHalfOpen: true }, accepted.resolve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connectTcp({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  const other = await accepted.promise;
  server.close();
  return [socket, other];
}

async function connect(onStream: (stream: SpdyStream) => void) {
  const [a, b] = await pair();
  const client = new SpdyConnection(a, { role: 'client' });
  const server = new SpdyConnection(b, { role: 'server', onStream });
  return { client, server };
}

/** All that a stream says until its half ends; unlike an iteration it leaves the other half alone. */
function read(stream: SpdyStream): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  stream.on('end', () => resolve(text)).on('error', reject);
  return promise;
}

/** More than what the kernel's buffers and ours hold together. */
const CHUNK_BYTES = 64 * 1024;
const TOTAL_CHUNKS = 1024;

/** Waits until a number stays as it is. */
async function settled(value: () => number): Promise<void> {
  for (let before = -1, same = 0; same < 200; before = value()) {
    same = value() === before ? same + 1 : 0;
    await new Promise(setImmediate);
  }
}

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
        const [a, b] = await pair();
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
