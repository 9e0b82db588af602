import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { encodeHeader, Flag, FrameReader, FrameType } from './frames.ts';
import { YamuxError } from './yamux-error.ts';

/** What a reader makes of chunks; payload of one frame in one piece, however it came. */
function read(chunks: readonly Uint8Array[]): string[] {
  const seen: string[] = [];
  let payload = '';
  const reader = new FrameReader({
    frame: (...header) => void seen.push(header.join(' ')),
    payload: (piece, last) => {
      payload += piece.toString('latin1');
      if (last) seen.push(payload);
      if (last) payload = '';
    },
  });
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return seen;
}

const bytes = Buffer.concat([
  encodeHeader(FrameType.windowUpdate, Flag.syn, 1, 0),
  encodeHeader(FrameType.data, Flag.ack, 1, 5),
  Buffer.from('hello'),
  encodeHeader(FrameType.data, Flag.fin, 1, 0),
  encodeHeader(FrameType.ping, Flag.syn, 0, 0xffff_fffe),
  encodeHeader(FrameType.goAway, 0, 0, 1),
]);
const frames = ['1 1 1 0', '0 2 1 5', 'hello', '0 4 1 0', '2 1 0 4294967294', '3 0 0 1'];

test('a header has 12 bytes in network order', () => {
  expect(encodeHeader(FrameType.windowUpdate, Flag.ack | Flag.fin, 3, 262_144).toString('hex')).toBe(
    '000100060000000300040000',
  );
});

test('frames are the same wherever the bytes are split', () => {
  for (let first = 0; first <= bytes.length; first += 1)
    for (let second = first; second <= bytes.length; second += 1) {
      const parts = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
      expect(read(parts)).toEqual(frames);
    }
});

const faults = [
  { name: 'another version', header: '01000000000000010000000000', says: 'version 1 is not known' },
  { name: 'an unknown type', header: '00040000000000010000000000', says: 'frames of type 4 are not known' },
];
for (const { name, header, says } of faults)
  test(`${name} is refused`, () => {
    expect(() => read([Buffer.from(header, 'hex')])).toThrow(new YamuxError(says));
  });

test('no bytes make the reader throw anything but a YamuxError', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (chunks) => {
      try {
        read(chunks);
      } catch (error) {
        expect(error).toBeInstanceOf(YamuxError);
      }
    }),
  );
});

test('a reader that was stopped takes no notice of the rest of the chunk', () => {
  const seen: number[] = [];
  const reader = new FrameReader({
    frame: (type) => {
      seen.push(type);
      reader.stop();
    },
    payload: () => {},
  });
  reader.push(bytes);
  expect(seen).toEqual([FrameType.windowUpdate]);
});
