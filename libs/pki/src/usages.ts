import {
  bitString,
  childrenOf,
  type DerNode,
  decodeDer,
  oid,
  oidOf,
  primitiveOf,
  sequence,
  Tag,
} from './der.ts';
import { PkiError } from './pki-error.ts';

/** Kubernetes' names of key usages (certificates.k8s.io/v1 KeyUsage) and their bits, RFC 5280 4.2.1.3. */
const KEY_USAGE_BITS = {
  'digital signature': 0,
  'content commitment': 1,
  'key encipherment': 2,
  'data encipherment': 3,
  'key agreement': 4,
  'cert sign': 5,
  'crl sign': 6,
  'encipher only': 7,
  'decipher only': 8,
} as const;

/** Kubernetes' names of extended key usages and their identifiers, RFC 5280 4.2.1.12 and vendors' own. */
const EXTENDED_KEY_USAGE_OIDS = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
} as const;

/** Second names that Kubernetes gives to usages. */
const ALIASES = new Map([
  ['signing', 'digital signature'],
  ['s/mime', 'email protection'],
]);

export type KeyUsage = keyof typeof KEY_USAGE_BITS;
export type ExtendedKeyUsage = keyof typeof EXTENDED_KEY_USAGE_OIDS;
/** Any usage that may stand in a CertificateSigningRequest's `spec.usages`. */
export type Usage = KeyUsage | ExtendedKeyUsage | 'signing' | 's/mime';

const isKeyUsage = (name: string): name is KeyUsage => Object.hasOwn(KEY_USAGE_BITS, name);
const isExtendedKeyUsage = (name: string): name is ExtendedKeyUsage =>
  Object.hasOwn(EXTENDED_KEY_USAGE_OIDS, name);

/** Parts usages into the two extensions' lists. Throws `PkiError` for a name that Kubernetes does not know. */
export function splitUsages(usages: readonly string[]): {
  keyUsages: KeyUsage[];
  extendedKeyUsages: ExtendedKeyUsage[];
} {
  const names = [...new Set(usages.map((usage) => ALIASES.get(usage) ?? usage))];
  const unknown = names.filter((name) => !isKeyUsage(name) && !isExtendedKeyUsage(name));
  if (unknown.length > 0) throw new PkiError(`unknown key usage: ${unknown.join(', ')}`);
  return { keyUsages: names.filter(isKeyUsage), extendedKeyUsages: names.filter(isExtendedKeyUsage) };
}

/** The value of a keyUsage extension: DER's named bit list, without trailing zero bits. */
export function encodeKeyUsages(usages: readonly KeyUsage[]): DerNode {
  const bits = usages.map((usage) => KEY_USAGE_BITS[usage]);
  const last = Math.max(...bits);
  const bytes = Buffer.alloc((last >> 3) + 1);
  for (const bit of bits) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  return bitString(bytes, 7 - (last & 7));
}

export function decodeKeyUsages(value: Uint8Array | undefined): KeyUsage[] {
  if (!value) return [];
  const bits = primitiveOf(decodeDer(value, 'key usage'), Tag.bitString, 'key usage').subarray(1);
  const names = Object.keys(KEY_USAGE_BITS) as KeyUsage[];
  return names.filter((name) => {
    const bit = KEY_USAGE_BITS[name];
    return ((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
  });
}

export function encodeExtendedKeyUsages(usages: readonly ExtendedKeyUsage[]): DerNode {
  return sequence(...usages.map((usage) => oid(EXTENDED_KEY_USAGE_OIDS[usage])));
}

/** Reads an extKeyUsage extension; purposes without a Kubernetes name come back as dotted identifiers. */
export function decodeExtendedKeyUsages(value: Uint8Array | undefined): string[] {
  if (!value) return [];
  const what = 'extended key usage';
  const names = Object.entries(EXTENDED_KEY_USAGE_OIDS);
  return childrenOf(decodeDer(value, what), what).map((node) => {
    const purpose = oidOf(node, what);
    return names.find(([, identifier]) => identifier === purpose)?.[0] ?? purpose;
  });
}
