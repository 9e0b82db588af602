import { boolean, type DerNode, decodeDer, isUniversal, membersOf, sequence, Tag } from './der.ts';

/** The value of a basicConstraints extension, RFC 5280 section 4.2.1.9. False is the default, so not written. */
export function encodeBasicConstraints(isCertificateAuthority: boolean): DerNode {
  return isCertificateAuthority ? sequence(boolean(true)) : sequence();
}

/** Whether a basicConstraints extension says that the subject may issue certificates. */
export function decodeBasicConstraints(value: Uint8Array | undefined): boolean {
  if (!value) return false;
  const [flag] = membersOf(decodeDer(value, 'basic constraints'), Tag.sequence, 'basic constraints');
  return flag !== undefined && isUniversal(flag, Tag.boolean) && flag.value !== '\0';
}
