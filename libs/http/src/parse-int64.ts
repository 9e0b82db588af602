import { badRequest, excerpt } from '@hawser/api';

const MAX = 2n ** 63n - 1n;

/**
 * A query parameter that is a whole number, as Go's `strconv.ParseInt` reads it; 0 where there is none.
 * @throws ApiError BadRequest in its words.
 */
export function parseInt64(text: string): number {
  if (text === '') return 0;
  const fault = (why: string) =>
    badRequest(`strconv.ParseInt: parsing ${JSON.stringify(excerpt(text))}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw fault('invalid syntax');
  const value = text.length > 40 ? MAX + 1n : BigInt(text.replace('+', ''));
  if (value > MAX || value < -MAX - 1n) throw fault('value out of range');
  return Number(value);
}
