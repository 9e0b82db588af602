import { createHash, type KeyObject } from 'node:crypto';
import {
  childrenOf,
  contentOf,
  contextTag,
  decodeDer,
  membersOf,
  primitiveOf,
  Tag,
  wholeBitsOf,
} from './der.ts';

/** The SubjectPublicKeyInfo of a key. */
export function exportSpki(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

/** The leftmost 160 bits of SHA-256 over the public key's bits, RFC 7093 section 2 method 1 (what Go does). */
export function computeKeyIdentifier(spki: Uint8Array): Buffer {
  const members = membersOf(decodeDer(spki, 'public key'), Tag.sequence, 'public key');
  return createHash('sha256').update(wholeBitsOf(members[1], 'public key')).digest().subarray(0, 20);
}

/** The value of a subjectKeyIdentifier extension as hex. */
export function decodeSubjectKeyIdentifier(value: Uint8Array | undefined): string | undefined {
  const what = 'subject key identifier';
  return value && primitiveOf(decodeDer(value, what), Tag.octetString, what).toString('hex');
}

/** The key identifier in an authorityKeyIdentifier extension as hex. */
export function decodeAuthorityKeyIdentifier(value: Uint8Array | undefined): string | undefined {
  const what = 'authority key identifier';
  const node = value && childrenOf(decodeDer(value, what), what).find((each) => contextTag(each) === 0);
  return node && contentOf(node, what).toString('hex');
}
