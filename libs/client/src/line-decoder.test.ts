import { expect, test } from 'bun:test';
import { LineDecoder } from './line-decoder.ts';

const text = '{"a":"é"}\n\n{"b":2}\n{"c":"\u{1f600}"}\n';
const frames = ['{"a":"é"}', '{"b":2}', '{"c":"\u{1f600}"}'];

test('finds the same frames however the bytes are split', () => {
  const bytes = Buffer.from(text);
  for (let first = 0; first <= bytes.length; first += 1) {
    for (let second = first; second <= bytes.length; second += 1) {
      const decoder = new LineDecoder();
      const chunks = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
      expect(chunks.flatMap((chunk) => [...decoder.push(chunk)])).toEqual(frames);
    }
  }
});

test('holds back a frame that is not ended', () => {
  expect([...new LineDecoder().push(Buffer.from('{"a":1}\n{"b"'))]).toEqual(['{"a":1}']);
});
