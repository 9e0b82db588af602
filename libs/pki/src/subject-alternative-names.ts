import { childrenOf, contentOf, contextTag, type DerNode, decodeDer, sequence, taggedBytes } from './der.ts';
import { decodeIpAddress, encodeIpAddress } from './ip-address.ts';
import { PkiError } from './pki-error.ts';

/** Subject alternative names by type, RFC 5280 section 4.2.1.6. */
export interface SubjectAlternativeNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly emails: readonly string[];
  /** Kinds that are present and that nothing in Kubernetes reads, such as `otherName`. */
  readonly otherKinds: readonly string[];
}

/** What creating functions take. */
export type SubjectAlternativeNamesInput = Partial<Omit<SubjectAlternativeNames, 'otherKinds'>>;

/** GeneralName's tags. */
const EMAIL = 1;
const DNS = 2;
const URI = 6;
const IP = 7;
const OTHER_KINDS: Readonly<Record<number, string>> = {
  0: 'otherName',
  3: 'x400Address',
  4: 'directoryName',
  5: 'ediPartyName',
  8: 'registeredID',
};

/** GeneralNames, or undefined when there is none to write. Throws `PkiError` for names that are not ASCII. */
export function encodeAlternativeNames(names: SubjectAlternativeNamesInput): DerNode | undefined {
  const nodes = [
    ...(names.dnsNames ?? []).map((name) => taggedBytes(DNS, encodeAscii(name))),
    ...(names.ipAddresses ?? []).map((address) => taggedBytes(IP, encodeIpAddress(address))),
    ...(names.uris ?? []).map((uri) => taggedBytes(URI, encodeAscii(uri))),
    ...(names.emails ?? []).map((email) => taggedBytes(EMAIL, encodeAscii(email))),
  ];
  return nodes.length === 0 ? undefined : sequence(...nodes);
}

/** Reads the value of a subjectAltName extension; without one, every list is empty. */
export function decodeAlternativeNames(value: Uint8Array | undefined): SubjectAlternativeNames {
  const what = 'subject alternative names';
  const nodes = value ? childrenOf(decodeDer(value, what), what) : [];
  const ofKind = (tag: number) =>
    nodes.filter((node) => contextTag(node) === tag).map((node) => contentOf(node, what));
  return {
    dnsNames: ofKind(DNS).map(decodeAscii),
    ipAddresses: ofKind(IP).map(decodeIpAddress),
    uris: ofKind(URI).map(decodeAscii),
    emails: ofKind(EMAIL).map(decodeAscii),
    otherKinds: nodes
      .map((node) => contextTag(node) ?? -1)
      .filter((tag) => ![DNS, IP, URI, EMAIL].includes(tag))
      .map((tag) => OTHER_KINDS[tag] ?? 'unknown'),
  };
}

// biome-ignore format: one range, one line
const IA5 = /^[\x21-\x7e]+$/;

function encodeAscii(name: string): Buffer {
  if (!IA5.test(name)) throw new PkiError(`not usable as an alternative name: ${JSON.stringify(name)}`);
  return Buffer.from(name, 'latin1');
}

/** Blanks, control characters and NUL are refused: they have been used to make a name look like another. */
function decodeAscii(content: Buffer): string {
  const name = content.toString('latin1');
  if (!IA5.test(name))
    throw new PkiError('subject alternative name has characters that are not printable ASCII');
  return name;
}
