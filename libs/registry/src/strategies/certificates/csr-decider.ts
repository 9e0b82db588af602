import { type CertificateSigningRequest, CSR_DECIDED_BY } from '@hawser/api';
import { conditionsOf } from './csr-conditions.ts';

const DECISIONS = ['Approved', 'Denied'] as const;

/**
 * Makes the note of who decided say what it said before, or nothing for a new request: the hub alone writes it, by
 * {@link withDecider}.
 * @param csr is changed in place.
 */
export function restoreDecider(csr: CertificateSigningRequest, old?: CertificateSigningRequest): void {
  const before = old?.metadata.annotations?.[CSR_DECIDED_BY];
  const given = csr.metadata.annotations;
  if (given?.[CSR_DECIDED_BY] === before) return;
  const { [CSR_DECIDED_BY]: _, ...others } = given ?? {};
  const annotations = before === undefined ? others : { ...others, [CSR_DECIDED_BY]: before };
  if (Object.keys(annotations).length === 0) delete csr.metadata.annotations;
  else csr.metadata.annotations = annotations;
}

/**
 * The request with a note of who approved or denied it, where that is new: a condition does not say. Later changes of
 * conditions leave the note.
 */
export function withDecider<T extends CertificateSigningRequest>(csr: T, old: T, username: string): T {
  const isNew = DECISIONS.some((type) => conditionsOf(csr, type).length > conditionsOf(old, type).length);
  if (!isNew) return csr;
  const { metadata } = csr;
  const annotations = { ...metadata.annotations, [CSR_DECIDED_BY]: username };
  return { ...csr, metadata: { ...metadata, annotations } };
}
