import { expect, test } from 'bun:test';
import { namesEtag } from './etag.ts';

test('a tag is named by itself, weakly, in a list, or by a star', () => {
  for (const header of ['"a"', 'W/"a"', '"b", "a"', '*']) expect(namesEtag(header, '"a"')).toBe(true);
  for (const header of [undefined, '', '"b"', 'a', '"a']) expect(namesEtag(header, '"a"')).toBe(false);
});
