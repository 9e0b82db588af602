import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { clientFrame } from '../testing/raw-web-socket.ts';
import { WebSocketError } from './web-socket-error.ts';
import { Opcode, unmask, WebSocketReader } from './web-socket-frames.ts';

/** What a reader makes of bytes that come in these parts. */
function read(parts: readonly Buffer[]) {
  const messages: string[] = [];
  const controls: string[] = [];
  let open = '';
  const reader = new WebSocketReader({
    message: ({ data, last }) => {
      open += data.toString('latin1');
      if (!last) return;
      messages.push(open);
      open = '';
    },
    control: (opcode, data) => controls.push(`${opcode}:${data}`),
  });
  // Copies, since reading writes over what it is given.
  for (const part of parts) reader.push(Buffer.from(part));
  return { messages, controls, open };
}

test('frames are the same wherever the bytes are split', () => {
  const long = 'y'.repeat(300);
  const bytes = Buffer.concat([
    clientFrame(Buffer.from('one')),
    clientFrame(Buffer.from('tw'), { fin: false }),
    clientFrame(Buffer.from('!'), { opcode: Opcode.ping }),
    clientFrame(Buffer.from(''), { fin: false, opcode: Opcode.continuation }),
    clientFrame(Buffer.from('o'), { opcode: Opcode.continuation }),
    clientFrame(Buffer.from(''), { opcode: Opcode.text }),
    clientFrame(Buffer.from(long)),
    clientFrame(Buffer.from(''), { opcode: Opcode.pong }),
  ]);
  for (let at = 0; at <= bytes.length; at += 1) {
    const { messages, controls } = read([bytes.subarray(0, at), bytes.subarray(at)]);
    expect({ messages, controls }).toEqual({ messages: ['one', 'two', '', long], controls: ['9:!', '10:'] });
  }
  const single = read([...bytes].map((byte) => Buffer.from([byte])));
  expect(single.messages).toEqual(['one', 'two', '', long]);
});

test('a mask comes off whatever the length, the place in memory and the place in the frame', () => {
  const mask = Buffer.from([1, 20, 33, 200]);
  for (let length = 0; length < 20; length += 1)
    for (let offset = 0; offset < 8; offset += 1)
      for (let from = 0; from < 4; from += 1) {
        const data = Buffer.alloc(32).subarray(offset, offset + length);
        unmask(data, mask, from);
        expect([...data]).toEqual(Array.from({ length }, (_, i) => mask[(from + i) & 3]!));
      }
});

describe('what no client may send ends in an error', () => {
  const plain = Buffer.from('x');
  const lengthened = Buffer.concat([Buffer.from([0x82, 0xff]), Buffer.alloc(8, 0xff), Buffer.alloc(4)]);
  const cases = [
    { name: 'a frame without a mask', bytes: clientFrame(plain, { masked: false }), code: 1002 },
    { name: 'reserved bits', bytes: Buffer.from([0xc2, 0x80, 0, 0, 0, 0]), code: 1002 },
    { name: 'an unknown opcode', bytes: clientFrame(plain, { opcode: 3 }), code: 1002 },
    { name: 'an unknown control opcode', bytes: clientFrame(plain, { opcode: 11 }), code: 1002 },
    {
      name: 'a control frame in parts',
      bytes: clientFrame(plain, { opcode: Opcode.ping, fin: false }),
      code: 1002,
    },
    {
      name: 'a long control frame',
      bytes: clientFrame(Buffer.alloc(126), { opcode: Opcode.ping }),
      code: 1002,
    },
    {
      name: 'a continuation of nothing',
      bytes: clientFrame(plain, { opcode: Opcode.continuation }),
      code: 1002,
    },
    {
      name: 'a message inside another',
      bytes: Buffer.concat([clientFrame(plain, { fin: false }), clientFrame(plain)]),
      code: 1002,
    },
    { name: 'a length beyond all measure', bytes: lengthened, code: 1009 },
  ];
  for (const { name, bytes, code } of cases)
    test(name, () => {
      try {
        read([bytes]);
        throw new Error('nothing was thrown');
      } catch (error) {
        expect(error).toBeInstanceOf(WebSocketError);
        expect((error as WebSocketError).code).toBe(code);
      }
    });

  test('garbage ends in a WebSocketError or in messages, and in nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
        try {
          read(chunks.map((chunk) => Buffer.from(chunk)));
        } catch (error) {
          expect(error).toBeInstanceOf(WebSocketError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

test('a frame of any length is handed on as it comes, and not kept', () => {
  let size = 0;
  const reader = new WebSocketReader({
    message: ({ data }) => {
      size += data.length;
    },
    control: () => {},
  });
  const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0x10, 0, 0, 0, 0, 1, 2, 3, 4]);
  reader.push(head);
  const chunk = Buffer.alloc(64 * 1024);
  for (let i = 1; i <= 100; i += 1) {
    reader.push(chunk);
    expect(size).toBe(i * chunk.length);
  }
});
