import asn1, { type Asn1 } from 'node-forge/lib/asn1.js';
import { PkiError } from './pki-error.ts';

/** A node of a DER tree. */
export type DerNode = Asn1;

export const UNIVERSAL = 0x00;
const CONTEXT_SPECIFIC = 0x80;

/** Universal tag numbers, X.680 section 8.4. */
export const Tag = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  utf8String: 12,
  sequence: 16,
  set: 17,
  numericString: 18,
  printableString: 19,
  teletexString: 20,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
  universalString: 28,
  bmpString: 30,
} as const;

/** Deep enough for any certificate; input is untrusted and the decoder recurses. */
const MAX_DEPTH = 32;

const toBinary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** The bytes of a primitive node. Throws `PkiError` for a constructed one. */
export function contentOf(node: DerNode, what: string): Buffer {
  if (typeof node.value !== 'string') throw new PkiError(`${what}: expected a primitive value`);
  return Buffer.from(node.value, 'latin1');
}

/** Reads one DER value that fills `bytes` entirely. `what` names it in the error. */
export function decodeDer(bytes: Uint8Array, what: string): DerNode {
  try {
    return asn1.fromDer(toBinary(bytes), {
      strict: true,
      parseAllBytes: true,
      decodeBitStrings: false,
      maxDepth: MAX_DEPTH,
    });
  } catch (cause) {
    throw new PkiError(`${what} is not valid DER`, { cause });
  }
}

export function encodeDer(node: DerNode): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
}

const constructed = (tag: number, children: DerNode[]) => asn1.create(UNIVERSAL, tag, true, children);
const primitive = (tag: number, content: Uint8Array) => asn1.create(UNIVERSAL, tag, false, toBinary(content));

export const sequence = (...children: DerNode[]): DerNode => constructed(Tag.sequence, children);
export const setOf = (...children: DerNode[]): DerNode => constructed(Tag.set, children);
export const nullValue = (): DerNode => primitive(Tag.null, Buffer.alloc(0));
export const boolean = (value: boolean): DerNode => primitive(Tag.boolean, Buffer.of(value ? 0xff : 0));
export const octetString = (content: Uint8Array): DerNode => primitive(Tag.octetString, content);
export const oid = (dotted: string): DerNode =>
  asn1.create(UNIVERSAL, Tag.oid, false, asn1.oidToDer(dotted).getBytes());

/** An INTEGER from its two's complement bytes, which must be minimal already. */
export const integer = (...bytes: number[]): DerNode => primitive(Tag.integer, Buffer.from(bytes));

/** A BIT STRING; `unusedBits` counts those at the end of the last byte. */
export const bitString = (content: Uint8Array, unusedBits = 0): DerNode =>
  primitive(Tag.bitString, Buffer.concat([Buffer.of(unusedBits), content]));

/** A character string of the given universal type, encoded as UTF-8 (ASCII is its subset). */
export const text = (tag: number, value: string): DerNode => primitive(tag, Buffer.from(value, 'utf8'));

/** A context-specific tag around whole nodes: EXPLICIT, or an IMPLICIT constructed type. */
export const tagged = (tag: number, ...children: DerNode[]): DerNode =>
  asn1.create(CONTEXT_SPECIFIC, tag, true, children);

/** A context-specific tag in place of a primitive type's own: IMPLICIT. */
export const taggedBytes = (tag: number, content: Uint8Array): DerNode =>
  asn1.create(CONTEXT_SPECIFIC, tag, false, toBinary(content));

export const isUniversal = (node: DerNode, tag: number): boolean =>
  node.tagClass === UNIVERSAL && node.type === tag;

/** The tag number of a context-specific node, else undefined. */
export const contextTag = (node: DerNode | undefined): number | undefined =>
  node?.tagClass === CONTEXT_SPECIFIC ? node.type : undefined;

/** The children of a constructed node of whatever tag. */
export function childrenOf(node: DerNode | undefined, what: string): readonly DerNode[] {
  if (!node || typeof node.value === 'string') throw new PkiError(`${what}: expected a constructed value`);
  return node.value;
}

/** The children of a SEQUENCE or SET. */
export function membersOf(node: DerNode | undefined, tag: number, what: string): readonly DerNode[] {
  if (!node || !isUniversal(node, tag)) throw new PkiError(`${what} is missing or of the wrong type`);
  return childrenOf(node, what);
}

/** The content of a primitive node of the given universal type. */
export function primitiveOf(node: DerNode | undefined, tag: number, what: string): Buffer {
  if (!node || !isUniversal(node, tag)) throw new PkiError(`${what} is missing or of the wrong type`);
  return contentOf(node, what);
}

/** The dotted form of an OBJECT IDENTIFIER. */
export function oidOf(node: DerNode | undefined, what: string): string {
  const content = primitiveOf(node, Tag.oid, what);
  if (content.length === 0) throw new PkiError(`${what} is empty`);
  return asn1.derToOid(toBinary(content));
}

/** The whole bytes of a BIT STRING, which must not have unused bits (signatures and public keys never do). */
export function wholeBitsOf(node: DerNode | undefined, what: string): Buffer {
  const content = primitiveOf(node, Tag.bitString, what);
  if (content[0] !== 0) throw new PkiError(`${what} is not a whole number of bytes`);
  return content.subarray(1);
}

/** UTCTime up to 2049 and GeneralizedTime from 2050, RFC 5280 section 4.1.2.5; seconds are the finest unit. */
export function time(date: Date): DerNode {
  const digits = date.toISOString().replace(/\.\d+Z$|[-:T]/g, '');
  return date.getUTCFullYear() < 2050
    ? text(Tag.utcTime, `${digits.slice(2)}Z`)
    : text(Tag.generalizedTime, `${digits}Z`);
}

export function timeOf(node: DerNode | undefined, what: string): Date {
  const content = node ? contentOf(node, what).toString('latin1') : '';
  const date =
    node && isUniversal(node, Tag.utcTime) && /^\d{12}Z$/.test(content)
      ? asn1.utcTimeToDate(content)
      : node && isUniversal(node, Tag.generalizedTime) && /^\d{14}Z$/.test(content)
        ? asn1.generalizedTimeToDate(content)
        : undefined;
  if (!date || Number.isNaN(date.getTime())) throw new PkiError(`${what} is not a valid time`);
  return date;
}

/**
 * The first member of a SEQUENCE, byte for byte as it stands in `der`: signatures cover the bytes that were
 * sent, not a re-encoding of what was understood.
 */
export function firstMemberBytes(der: Uint8Array): Uint8Array {
  const outer = headerLength(der, 0);
  const inner = headerLength(der, outer.header);
  return der.subarray(outer.header, outer.header + inner.header + inner.content);
}

function headerLength(der: Uint8Array, offset: number): { header: number; content: number } {
  const first = der[offset + 1] ?? 0;
  if (first < 0x80) return { header: 2, content: first };
  const sizeBytes = first & 0x7f;
  if (sizeBytes === 0 || sizeBytes > 4) throw new PkiError('DER length is indefinite or too long');
  let content = 0;
  for (let i = 0; i < sizeBytes; i++) content = content * 256 + (der[offset + 2 + i] ?? 0);
  return { header: 2 + sizeBytes, content };
}
