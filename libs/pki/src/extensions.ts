import {
  boolean,
  type DerNode,
  encodeDer,
  isUniversal,
  membersOf,
  octetString,
  oid,
  oidOf,
  primitiveOf,
  sequence,
  Tag,
} from './der.ts';
import { PkiError } from './pki-error.ts';

/** One X.509 extension: its identifier, whether a reader must understand it, and its value in DER. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

/** `SEQUENCE { identifier, critical DEFAULT FALSE, OCTET STRING }`, RFC 5280 section 4.1. */
export function encodeExtension(identifier: string, critical: boolean, value: DerNode): DerNode {
  const wrapped = octetString(encodeDer(value));
  return critical ? sequence(oid(identifier), boolean(true), wrapped) : sequence(oid(identifier), wrapped);
}

/** Reads a list of extensions. Throws `PkiError` when one stands there twice (RFC 5280 section 4.2). */
export function decodeExtensions(node: DerNode | undefined): Extension[] {
  const extensions = membersOf(node, Tag.sequence, 'extensions').map(decodeExtension);
  if (new Set(extensions.map((each) => each.oid)).size !== extensions.length) {
    throw new PkiError('an extension is present more than once');
  }
  return extensions;
}

/** The value of the extension with the identifier, if present. */
export function extensionValue(extensions: readonly Extension[], identifier: string): Buffer | undefined {
  return extensions.find((each) => each.oid === identifier)?.value;
}

function decodeExtension(node: DerNode): Extension {
  const members = membersOf(node, Tag.sequence, 'extension');
  const flag = members[1] && isUniversal(members[1], Tag.boolean) ? members[1] : undefined;
  return {
    oid: oidOf(members[0], 'extension identifier'),
    critical: flag !== undefined && primitiveOf(flag, Tag.boolean, 'extension critical flag')[0] !== 0,
    value: primitiveOf(members[flag ? 2 : 1], Tag.octetString, 'extension value'),
  };
}
