import { expect, test } from 'bun:test';
import type { CertificateSigningRequest } from '@hawser/api';
import { TestAuthority } from '@hawser/client/testing';
import { cleanUpAtMs } from './cleaner-controller.ts';

const created = '2026-01-01T00:00:00Z';
const updated = '2026-01-01T06:00:00Z';
const { cert } = new TestAuthority().issue('x');

function csr(conditions: string[], certificate?: string): CertificateSigningRequest {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'c', creationTimestamp: created },
    spec: { request: '', signerName: 'x' },
    status: {
      conditions: conditions.map((type) => ({ type, status: 'True', lastUpdateTime: updated })),
      ...(certificate === undefined ? {} : { certificate: Buffer.from(certificate).toString('base64') }),
    },
  };
}

const HOUR_MS = 3_600_000;

test.each([
  { name: 'nobody answered: a day after it was made', csr: csr([]), at: Date.parse(created) + 24 * HOUR_MS },
  { name: 'denied: an hour later', csr: csr(['Denied']), at: Date.parse(updated) + HOUR_MS },
  { name: 'failed: an hour later', csr: csr(['Approved', 'Failed']), at: Date.parse(updated) + HOUR_MS },
  {
    name: 'approved and issued: an hour later',
    csr: csr(['Approved'], cert),
    at: Date.parse(updated) + HOUR_MS,
  },
  { name: 'approved, waiting for its signature: not yet', csr: csr(['Approved']), at: undefined },
])('$name', ({ csr, at }) => expect(cleanUpAtMs(csr)).toBe(at as number));

test('issued and expired before the hour is over: when it expires', () => {
  const late = csr(['Approved'], cert);
  late.status!.conditions![0]!.lastUpdateTime = new Date(Date.now() + 10 * HOUR_MS).toISOString();
  expect(cleanUpAtMs(late)!).toBeLessThan(Date.now() + 2 * HOUR_MS);
});
