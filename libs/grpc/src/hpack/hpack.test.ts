import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { encodeHeaders } from './encode-headers.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { HpackError } from './hpack-error.ts';
import { decodeHuffman } from './huffman.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

test('decodes the requests of RFC 7541, appendix C.4: Huffman codes and the dynamic table', () => {
  const decoder = new HpackDecoder(4096);
  const start = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'www.example.com'],
  ] as const;
  expect(decoder.decode(hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'))).toEqual([...start]);
  expect(decoder.decode(hex('8286 84be 5886 a8eb 1064 9cbf'))).toEqual([
    ...start,
    ['cache-control', 'no-cache'],
  ]);
  expect(decoder.decode(hex('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf'))).toEqual([
    [':method', 'GET'],
    [':scheme', 'https'],
    [':path', '/index.html'],
    [':authority', 'www.example.com'],
    ['custom-key', 'custom-value'],
  ]);
});

test('what is encoded is decoded, whatever octets the values have', () => {
  const text = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
  const name = fc.oneof(text, fc.constantFrom('authorization', ':path', ':status', 'te', 'via'));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, text)), (headers) => {
      expect(new HpackDecoder(1e6).decode(encodeHeaders(headers))).toEqual(headers);
    }),
  );
});

test('a token is marked as one that nobody may keep', () => {
  expect(encodeHeaders([['authorization', 'Bearer x']])[0]! & 0xf0).toBe(0x10);
});

const malformed = [
  { name: 'an index of nothing', bytes: 'ff00' },
  { name: 'index zero', bytes: '80' },
  { name: 'a string that is cut short', bytes: '0005 6162' },
  { name: 'an integer without end', bytes: 'ffffffffffffffff' },
  { name: 'a literal without a value', bytes: '0001 61' },
  { name: 'a table size beyond the setting', bytes: '3fe2 1f' },
  { name: 'a table size after a header', bytes: '82 20' },
  { name: 'padding of a Huffman code that is no EOS', bytes: '0001 6181 00' },
  { name: 'EOS in a Huffman code', bytes: '0001 6184 ffff ffff' },
];
for (const { name, bytes } of malformed)
  test(`refuses ${name}`, () => {
    expect(() => new HpackDecoder(4096).decode(hex(bytes))).toThrow(HpackError);
  });

test('a list that is too large is refused, though its block is small', () => {
  const decoder = new HpackDecoder(1000);
  expect(() => decoder.decode(Buffer.alloc(100, 0x82))).toThrow('header list is too large');
});

test('garbage is refused or decoded, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        new HpackDecoder(4096).decode(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(HpackError);
      }
      decodeHuffman(Buffer.from(bytes));
    }),
  );
});
