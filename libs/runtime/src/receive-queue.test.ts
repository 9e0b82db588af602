import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { ReceiveQueue } from './receive-queue.ts';

function drain(queue: ReceiveQueue): Buffer[] {
  const pieces: Buffer[] = [];
  for (let piece = queue.take(); piece !== undefined; piece = queue.take()) pieces.push(piece);
  return pieces;
}

test('what goes in comes out in order, whatever is taken in between', () => {
  const step = fc.oneof(fc.constant('take' as const), fc.nat({ max: 12_000 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = new ReceiveQueue();
      const put: Buffer[] = [];
      const taken: Buffer[] = [];
      for (const [at, size] of steps.entries()) {
        const piece = size === 'take' ? queue.take() : Buffer.alloc(size, at);
        if (piece === undefined) continue;
        if (size === 'take') taken.push(piece);
        else {
          put.push(Buffer.from(piece));
          queue.add(piece);
        }
      }
      taken.push(...drain(queue));
      expect(Buffer.concat(taken).equals(Buffer.concat(put))).toBe(true);
      expect(queue.bytes).toBe(0);
    }),
  );
});

const sizes = [1, 100, 2047, 2048, 60_000];
for (const size of sizes)
  test(`pieces of ${size} bytes, each of a chunk of its own, keep no more alive than about what they hold`, () => {
    const queue = new ReceiveQueue();
    const count = Math.min(2_000, Math.ceil(256_000 / size));
    for (let made = 0; made < count; made += 1) queue.add(Buffer.alloc(512 * 1024).subarray(0, size));
    const kept = new Set(drain(queue).map((piece) => piece.buffer));
    let keptBytes = 0;
    for (const buffer of kept) keptBytes += buffer.byteLength;
    expect(keptBytes).toBeLessThan(2 * count * size + 8192);
  });

test('cleared, it holds nothing', () => {
  const queue = new ReceiveQueue();
  queue.add(Buffer.from('small'));
  queue.add(Buffer.alloc(4096));
  queue.add(Buffer.from('small'));
  queue.clear();
  expect({ bytes: queue.bytes, first: queue.take() }).toEqual({ bytes: 0, first: undefined });
});
