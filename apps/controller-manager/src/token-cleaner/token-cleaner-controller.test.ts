import { expect, test } from 'bun:test';
import type { Secret } from '@hawser/api';
import { tokenExpiryMs } from './token-cleaner-controller.ts';

const secret = (expiration: string | undefined, type = 'bootstrap.kubernetes.io/token'): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
  type,
  ...(expiration === undefined ? {} : { data: { expiration: Buffer.from(expiration).toString('base64') } }),
});

test.each([
  {
    name: 'a timestamp',
    secret: secret('2026-01-01T00:00:00Z'),
    expected: Date.parse('2026-01-01T00:00:00Z'),
  },
  {
    name: 'a timestamp with a zone',
    secret: secret('2026-01-01T02:00:00+02:00'),
    expected: Date.parse('2026-01-01'),
  },
  { name: 'nothing', secret: secret(undefined), expected: undefined },
  { name: 'an empty value', secret: secret(''), expected: undefined },
  { name: 'what is no timestamp', secret: secret('tomorrow'), expected: 0 },
  { name: 'a date without time', secret: secret('2026-01-01'), expected: 0 },
  { name: 'a Secret of another type', secret: secret('2026-01-01T00:00:00Z', 'Opaque'), expected: undefined },
])('reads $name', ({ secret, expected }) => expect(tokenExpiryMs(secret)).toBe(expected as number));
