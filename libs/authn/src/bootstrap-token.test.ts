import { expect, test } from 'bun:test';
import type { Secret } from '@hawser/api';
import { signingToken } from './bootstrap-token.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const SIGNING = {
  'token-id': 'abcdef',
  'token-secret': '0123456789abcdef',
  'usage-bootstrap-signing': 'true',
};

function secretOf(changes: Record<string, string>, metadata = {}, type = 'bootstrap.kubernetes.io/token') {
  const entries = Object.entries({ ...SIGNING, ...changes });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system', ...metadata },
    type,
    data: Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  } satisfies Secret;
}

test('a token for signing vouches until it expires', () => {
  const token = { id: 'abcdef', secret: '0123456789abcdef' };
  expect(signingToken(secretOf({}), NOW)).toEqual(token);
  expect(signingToken(secretOf({ expiration: '2026-01-01T00:00:01Z' }), NOW)).toEqual(token);
});

const others: { name: string; secret: Secret }[] = [
  { name: 'one that has expired', secret: secretOf({ expiration: '2026-01-01T00:00:00Z' }) },
  { name: 'one with an unreadable expiration', secret: secretOf({ expiration: 'tomorrow' }) },
  { name: 'one for authentication alone', secret: secretOf({ 'usage-bootstrap-signing': 'false' }) },
  { name: 'one without a secret', secret: secretOf({ 'token-secret': '' }) },
  { name: 'one under the name of another', secret: secretOf({ 'token-id': 'ghijkl' }) },
  { name: 'one that is going', secret: secretOf({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
  { name: 'a Secret of another type', secret: secretOf({}, {}, 'Opaque') },
];
for (const { name, secret } of others)
  test(`does not vouch: ${name}`, () => expect(signingToken(secret, NOW)).toBeUndefined());
