import { describe, expect, test } from 'bun:test';
import { type CertificateSigningRequest, CSR_DECIDED_BY } from '@hawser/api';
import { restoreDecider, withDecider } from './csr-decider.ts';

function csr(annotations?: Record<string, string>, ...decisions: string[]): CertificateSigningRequest {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'c', ...(annotations === undefined ? {} : { annotations }) },
    spec: { request: '', signerName: 'example.com/a', usages: [] },
    status: { conditions: decisions.map((type) => ({ type, status: 'True' })) },
  };
}

describe('the note of who decided', () => {
  test.each(['Approved', 'Denied'])('is made when a request becomes %s', (decision) => {
    const decided = withDecider(csr({ a: 'b' }, decision), csr({ a: 'b' }), 'alice');
    expect(decided.metadata.annotations).toEqual({ a: 'b', [CSR_DECIDED_BY]: 'alice' });
  });

  test('stays that of the decision when conditions change afterwards', () => {
    const old = csr({ [CSR_DECIDED_BY]: 'alice' }, 'Approved');
    const changed = csr({ [CSR_DECIDED_BY]: 'alice' }, 'Approved', 'Reviewed');
    expect(withDecider(changed, old, 'mallory')).toBe(changed);
  });

  test('is not made of a condition that decides nothing', () => {
    expect(withDecider(csr(undefined, 'Reviewed'), csr(), 'alice').metadata.annotations).toBeUndefined();
  });

  const writes: { name: string; given?: Record<string, string>; before?: Record<string, string> }[] = [
    { name: 'a new request brings along', given: { [CSR_DECIDED_BY]: 'mallory' } },
    { name: 'an update changes', given: { [CSR_DECIDED_BY]: 'm' }, before: { [CSR_DECIDED_BY]: 'alice' } },
    { name: 'an update leaves out', before: { [CSR_DECIDED_BY]: 'alice' } },
    { name: 'an update leaves alone', given: { a: 'b' }, before: { a: 'c' } },
  ];
  test.each(writes)('is as it was when $name it', ({ given, before }) => {
    const object = csr(given);
    restoreDecider(object, csr(before));
    expect(object.metadata.annotations?.[CSR_DECIDED_BY]).toBe(before?.[CSR_DECIDED_BY] as string);
    expect(object.metadata.annotations?.['a']).toBe(given?.['a'] as string);
  });
});
