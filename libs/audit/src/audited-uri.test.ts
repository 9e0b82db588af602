import { expect, test } from 'bun:test';
import { auditedUri } from './audited-uri.ts';

const cases: [uri: string, recorded: string][] = [
  ['/api', '/api'],
  ['/api?watch=true&limit=5', '/api?watch=true&limit=5'],
  ['/api?token=abc', '/api?token=REDACTED'],
  ['/api?a=b&access_token=a=b&c', '/api?a=b&access_token=REDACTED&c'],
  ['/api?Access%5FToken=abc&%zz=1', '/api?Access%5FToken=REDACTED&%zz=1'],
  ['/api?token', '/api?token'],
  ['/token=abc?x', '/token=abc?x'],
  ['/a?b?token=c', '/a?b?token=c'],
];
for (const [uri, recorded] of cases)
  test(`${uri} is recorded as ${recorded}`, () => expect(auditedUri(uri)).toBe(recorded));
