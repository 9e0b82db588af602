import { expect, test } from 'bun:test';
import { forbidden, invalid, notFound, statusOf } from './api-error.ts';
import { type FieldError, fieldErrorMessage, invalidValue } from './field-error.ts';

const LARGE = '"'.repeat(2_800_000);
const secret = { group: '', kind: 'Secret', plural: 'secrets' };

const sizeOf = (error: unknown) => JSON.stringify(statusOf(error)).length;

test('a name of megabytes is not said back whole', () => {
  expect(sizeOf(notFound(secret, LARGE))).toBeLessThan(50_000);
  expect(sizeOf(invalid(secret, LARGE, [invalidValue('metadata.name', LARGE, 'bad')]))).toBeLessThan(100_000);
});

test('nor is a value, a path or a detail', () => {
  const message = fieldErrorMessage(invalidValue('a', LARGE, 'must be short'));
  expect(message.length).toBeLessThan(5_000);
  expect(message).toStartWith('a: Invalid value: "');
  expect(message).toEndWith('more]: must be short');
  expect(sizeOf(invalid(secret, 'a', [invalidValue(`data[${LARGE}]`, 1, LARGE)]))).toBeLessThan(50_000);
});

test('nor are faults beyond counting', () => {
  const faults: FieldError[] = Array.from({ length: 100_000 }, (_, i) =>
    invalidValue(`data[${i}]`, '/', 'no'),
  );
  const error = invalid(secret, 'a', faults);
  expect(sizeOf(error)).toBeLessThan(200_000);
  expect(error.details?.causes?.length).toBe(256);
});

test('what is short is said as it is', () => {
  expect(invalid(secret, 'a', [invalidValue('type', 'x', 'no')]).message).toBe(
    'Secret "a" is invalid: type: Invalid value: "x": no',
  );
});

test('what has no name yet is refused as its resource', () => {
  const pods = { group: '', plural: 'pods' };
  expect(forbidden(pods, undefined, 'no').message).toBe('pods is forbidden: no');
  expect(forbidden(pods, undefined, 'no').details).toEqual({ kind: 'pods' });
  expect(forbidden(pods, 'a', 'no').message).toBe('pods "a" is forbidden: no');
});

test('a value that many faults tell of is written once', () => {
  let written = 0;
  const list = {
    toJSON() {
      written += 1;
      return 'list';
    },
  };
  const faults = Array.from({ length: 20 }, (_, i) => invalidValue(`spec.x[${i}]`, list, 'no'));
  const { message, details } = invalid({ group: '', kind: 'Pod' }, 'p', faults);
  expect(message).toContain('spec.x[19]: Invalid value: "list": no');
  expect(details?.causes).toHaveLength(20);
  expect(written).toBe(1);
});
