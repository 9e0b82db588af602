import { describe, expect, test } from 'bun:test';
import type { CertificateSigningRequest } from '@hawser/api';
import { createCertificateRequest, generateKeyPair } from '@hawser/pki';
import { eventDataOf, outcomesOf } from './certificate-event-data.ts';

function csr(change: {
  dnsNames?: string[];
  spec?: object;
  status?: CertificateSigningRequest['status'];
}): CertificateSigningRequest {
  const subject = { commonName: 'alice', organizations: ['dev'] };
  const keyPair = generateKeyPair();
  const request = createCertificateRequest({ keyPair, subject, dnsNames: change.dnsNames });
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'c', uid: 'u' },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: 'example.com/a',
      usages: ['client auth'],
      username: 'eve',
      ...change.spec,
    },
    ...(change.status === undefined ? {} : { status: change.status }),
  };
}

const condition = (type: string, status = 'True') => ({ type, status, reason: 'R', message: 'm' });

describe('what has become of a request', () => {
  test.each<{ name: string; status: CertificateSigningRequest['status']; outcomes: string[] }>([
    { name: 'nothing yet', status: {}, outcomes: [] },
    {
      name: 'approved and signed',
      status: { conditions: [condition('Approved')], certificate: 'eA==' },
      outcomes: ['approved', 'signed'],
    },
    {
      name: 'approved and failed',
      status: { conditions: [condition('Failed'), condition('Approved')] },
      outcomes: ['approved', 'failed'],
    },
    { name: 'denied', status: { conditions: [condition('Denied')] }, outcomes: ['denied'] },
    { name: 'something else', status: { conditions: [condition('Odd')] }, outcomes: [] },
    { name: 'not approved', status: { conditions: [condition('Approved', 'False')] }, outcomes: [] },
  ])('$name', ({ status, outcomes }) => expect(outcomesOf(csr({ status }))).toEqual(outcomes as never));
});

test('an event says who asked, for what, and why it was decided', () => {
  const extra = { 'hawser.dev/source-ip': ['192.0.2.1'] };
  const asked = csr({
    dnsNames: ['a.example'],
    spec: { groups: ['g'], uid: '7', extra, expirationSeconds: 600 },
    status: { conditions: [condition('Denied')] },
  });
  expect(eventDataOf(asked, 'denied')).toEqual({
    name: 'c',
    uid: 'u',
    signerName: 'example.com/a',
    requestor: { username: 'eve', uid: '7', groups: ['g'], sourceAddress: '192.0.2.1' },
    usages: ['client auth'],
    expirationSeconds: 600,
    subject: { commonName: 'alice', organizations: ['dev'] },
    key: { algorithm: 'ECDSA', sizeBits: 256 },
    dnsNames: ['a.example'],
    reason: 'R',
    message: 'm',
  });
});

test('of many names the first are told, and how many there are', () => {
  const dnsNames = Array.from({ length: 400 }, (_, i) => `host-${i}.example`);
  const data = eventDataOf(csr({ dnsNames }), 'approved') as { dnsNames: string[]; nameCount: number };
  expect(data.dnsNames).toHaveLength(100);
  expect(data.nameCount).toBe(400);
});

test('what cannot be read is told of all the same', () => {
  expect(eventDataOf(csr({ spec: { request: 'eA==' } }), 'denied')).toMatchObject({
    fault: 'no PEM block of type CERTIFICATE REQUEST',
  });
  expect(eventDataOf(csr({ status: { certificate: 'eA==' } }), 'signed')).toMatchObject({
    fault: 'no PEM block of type CERTIFICATE',
  });
});
