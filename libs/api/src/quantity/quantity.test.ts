import { expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  canonicalQuantity,
  formatQuantity,
  milliValue,
  parseQuantity,
  QuantityError,
  wholeValue,
} from './quantity.ts';

const cases: [came: string, canonical: string][] = [
  ['1', '1'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['0.5', '500m'],
  ['1.5Gi', '1536Mi'],
  ['1024Mi', '1Gi'],
  ['1024', '1024'],
  ['512Ki', '512Ki'],
  ['1000Ki', '1000Ki'],
  ['0.5Ki', '512'],
  ['1k', '1k'],
  ['1000', '1k'],
  ['2e3', '2e3'],
  ['-1', '-1'],
  ['0', '0'],
  ['0Gi', '0'],
  ['.5', '500m'],
  ['1.', '1'],
  ['1E', '1E'],
  ['100n', '100n'],
];
for (const [came, canonical] of cases)
  test(`${came} is ${canonical}`, () => expect(canonicalQuantity(came)).toBe(canonical));

for (const text of ['', 'x', '1Q', '1 Gi', '--1', '.', 'Gi', '1e', '1e9999', '0x1'])
  test(`refuses ${JSON.stringify(text)}`, () => expect(() => parseQuantity(text)).toThrow(QuantityError));

test('counts thousandths and whole units, rounding up', () => {
  expect(milliValue(parseQuantity('250m'))).toBe(250);
  expect(milliValue(parseQuantity('1u'))).toBe(1);
  expect(wholeValue(parseQuantity('1.2'))).toBe(2);
  expect(wholeValue(parseQuantity('2Ki'))).toBe(2048);
});

test('the canonical form means the same and is its own canonical form', () => {
  const suffix = fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti');
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.integer({ min: 0, max: 99 }),
      suffix,
      (whole, part, unit) => {
        const quantity = parseQuantity(`${whole}.${part}${unit}`);
        const text = formatQuantity(quantity);
        expect(parseQuantity(text).nano).toBe(quantity.nano);
        // A binary amount that no binary suffix fits is read again as a decimal one, as by upstream.
        const keepsFormat = quantity.format !== 'BinarySI' || text.endsWith('i');
        if (keepsFormat) expect(canonicalQuantity(text)).toBe(text);
      },
    ),
    { examples: [[717_781, 25, 'Ki']] },
  );
});
