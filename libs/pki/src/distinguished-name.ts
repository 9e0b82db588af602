import {
  contentOf,
  type DerNode,
  membersOf,
  oid,
  oidOf,
  sequence,
  setOf,
  Tag,
  text,
  UNIVERSAL,
} from './der.ts';
import { Oid } from './oid.ts';
import { PkiError } from './pki-error.ts';

/** A subject or issuer as Kubernetes reads it: the common name is a user, each organization a group. */
export interface DistinguishedName {
  /** Empty when absent. */
  readonly commonName: string;
  readonly organizations: readonly string[];
}

/** What creating functions take: organizations may be left out. */
export interface DistinguishedNameInput {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** The names that one RDNSequence holds. More than one common name is rare; Go's choice is the last. */
export interface DecodedName extends DistinguishedName {
  readonly commonNameCount: number;
  /** How many attributes there are of kinds that Kubernetes does not read. */
  readonly otherAttributeCount: number;
}

/** X.680 section 41.4. What does not fit is written as UTF8String (RFC 5280 section 4.1.2.4). */
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

/** An RDNSequence: organizations first, one RDN each, then the common name. Empty parts are left out. */
export function encodeName({ commonName, organizations = [] }: DistinguishedNameInput): DerNode {
  const attributes = organizations.map((value) => attribute(Oid.organization, value));
  if (commonName !== '') attributes.push(attribute(Oid.commonName, commonName));
  return sequence(...attributes.map((each) => setOf(each)));
}

/** Reads an RDNSequence, whether its attributes stand in one RDN each or share one. */
export function decodeName(node: DerNode | undefined, what: string): DecodedName {
  const attributes = membersOf(node, Tag.sequence, what)
    .flatMap((rdn) => membersOf(rdn, Tag.set, what))
    .map((each) => membersOf(each, Tag.sequence, what));
  const valuesOf = (type: string) =>
    attributes.filter(([name]) => oidOf(name, what) === type).map(([, value]) => decodeText(value, what));
  const [commonNames, organizations] = [valuesOf(Oid.commonName), valuesOf(Oid.organization)];
  return {
    commonName: commonNames.at(-1) ?? '',
    commonNameCount: commonNames.length,
    organizations,
    otherAttributeCount: attributes.length - commonNames.length - organizations.length,
  };
}

function attribute(type: string, value: string): DerNode {
  if (value === '') throw new PkiError('a name may not have an empty organization');
  return sequence(oid(type), text(PRINTABLE.test(value) ? Tag.printableString : Tag.utf8String, value));
}

const SINGLE_BYTE_TAGS: readonly number[] = [
  Tag.printableString,
  Tag.ia5String,
  Tag.numericString,
  Tag.teletexString,
];

/** The text of a DirectoryString (RFC 5280 section 4.1.2.4) or IA5String. */
function decodeText(node: DerNode | undefined, what: string): string {
  if (node?.tagClass !== UNIVERSAL) throw new PkiError(`${what}: attribute value is missing`);
  // The codec below has decoded two-byte characters already.
  if (node.type === Tag.bmpString && typeof node.value === 'string') return node.value;
  const content = contentOf(node, what);
  if (node.type === Tag.utf8String) return decodeUtf8(content, what);
  if (SINGLE_BYTE_TAGS.includes(node.type)) return content.toString('latin1');
  throw new PkiError(`${what}: attribute value is of an unsupported string type`);
}

function decodeUtf8(content: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (cause) {
    throw new PkiError(`${what}: attribute value is not valid UTF-8`, { cause });
  }
}
