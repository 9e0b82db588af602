import { expect, spyOn, test } from 'bun:test';
import { MessageReader, messagePrefix } from './message-reader.ts';

const MIB = 1024 * 1024;

test('messages come out whole and in order, wherever their bytes are split', () => {
  const messages = [0, 1, 70_000, 300_000, 5].map((size, at) => Buffer.alloc(size, at + 1));
  const bytes = Buffer.concat(messages.flatMap((message) => [messagePrefix(message.length), message]));
  for (const size of [1, 7, 16_384, 200_000, bytes.length]) {
    const reader = new MessageReader(MIB);
    const taken: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size)
      reader.push(bytes.subarray(at, at + size), (message) => void taken.push(message));
    expect(Buffer.concat(taken).equals(Buffer.concat(messages))).toBe(true);
    expect(taken.map(({ length }) => length)).toEqual(messages.map(({ length }) => length));
    expect(reader.complete).toBe(true);
  }
});

test('no more is provided for a message than about what has come of it', () => {
  using allocated = spyOn(Buffer, 'allocUnsafeSlow');
  const reader = new MessageReader(4 * MIB);
  const take = () => {
    throw new Error('none is whole');
  };
  reader.push(messagePrefix(4 * MIB), take);
  reader.push(Buffer.alloc(300_000), take);
  expect(Math.max(...allocated.mock.calls.map(([size]) => size))).toBeLessThanOrEqual(600_000);
});
