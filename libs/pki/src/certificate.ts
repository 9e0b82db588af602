import { decodeBasicConstraints } from './basic-constraints.ts';
import {
  childrenOf,
  contextTag,
  type DerNode,
  decodeDer,
  encodeDer,
  firstMemberBytes,
  membersOf,
  primitiveOf,
  Tag,
  timeOf,
  wholeBitsOf,
} from './der.ts';
import { type DistinguishedName, decodeName } from './distinguished-name.ts';
import { decodeExtensions, type Extension, extensionValue } from './extensions.ts';
import { decodeAuthorityKeyIdentifier, decodeSubjectKeyIdentifier } from './key-identifier.ts';
import { readPublicKey } from './key-pair.ts';
import { Oid } from './oid.ts';
import { decodePem, decodePemBlock } from './pem.ts';
import { PkiError } from './pki-error.ts';
import { verifySignature } from './signature.ts';
import { decodeAlternativeNames, type SubjectAlternativeNames } from './subject-alternative-names.ts';
import { decodeExtendedKeyUsages, decodeKeyUsages, type KeyUsage } from './usages.ts';

/** The fields of an X.509 certificate (RFC 5280) that a cluster looks at. */
export interface Certificate extends SubjectAlternativeNames {
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** The RDNSequence as it stands, for comparing and for copying. */
  readonly rawSubject: Buffer;
  readonly rawIssuer: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Lower case hex, without a sign byte. */
  readonly serialNumber: string;
  readonly isCertificateAuthority: boolean;
  readonly keyUsages: readonly KeyUsage[];
  /** Kubernetes' names; dotted identifiers for purposes that have none. */
  readonly extendedKeyUsages: readonly string[];
  /** Hex. */
  readonly subjectKeyId: string | undefined;
  /** Hex. */
  readonly authorityKeyId: string | undefined;
  /** SubjectPublicKeyInfo in DER; `readPublicKey` makes a key of it. */
  readonly publicKeyDer: Buffer;
  readonly extensions: readonly Extension[];
  /** The whole certificate in DER. */
  readonly raw: Buffer;
}

/**
 * Reads a certificate from PEM (the first CERTIFICATE block; keys and more certificates may stand around it) or
 * DER. Nothing is verified: neither signature nor dates. Throws `PkiError` for what is not a certificate.
 */
export function parseCertificate(input: string | Uint8Array): Certificate {
  const raw = typeof input === 'string' ? decodePemBlock(input, 'CERTIFICATE') : Buffer.from(input);
  const [toBeSigned] = membersOf(decodeDer(raw, 'certificate'), Tag.sequence, 'certificate');
  const fields = [...membersOf(toBeSigned, Tag.sequence, 'certificate fields')];
  // A certificate of version 1 has no version field and no extensions.
  if (contextTag(fields[0]) === 0) fields.shift();
  const [serial, , issuer, validity, subject, publicKey, ...rest] = fields;
  const explicit = rest.find((node) => contextTag(node) === 3);
  const extensions = explicit ? decodeExtensions(childrenOf(explicit, 'extensions')[0]) : [];
  const [notBefore, notAfter] = membersOf(validity, Tag.sequence, 'validity');
  membersOf(publicKey, Tag.sequence, 'public key');
  return {
    subject: nameOf(subject, 'subject'),
    issuer: nameOf(issuer, 'issuer'),
    rawSubject: encodeDer(subject!),
    rawIssuer: encodeDer(issuer!),
    notBefore: timeOf(notBefore, 'notBefore'),
    notAfter: timeOf(notAfter, 'notAfter'),
    serialNumber: decodeSerial(primitiveOf(serial, Tag.integer, 'serial number')),
    publicKeyDer: encodeDer(publicKey!),
    ...decodeKnownExtensions(extensions),
    extensions,
    raw,
  };
}

/** All certificates of a PEM bundle, in order. Throws `PkiError` when there is none or one cannot be read. */
export function parseCertificateBundle(pem: string): Certificate[] {
  const blocks = decodePem(pem).filter(({ label }) => label === 'CERTIFICATE');
  if (blocks.length === 0) throw new PkiError('no PEM block of type CERTIFICATE');
  return blocks.map(({ der }) => parseCertificate(der));
}

/**
 * Whether `issuer`'s key signed `certificate`, and the names match. Dates, usages and longer chains are the TLS
 * stack's affair. Throws `PkiError` for signature schemes that are not supported.
 */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (!certificate.rawIssuer.equals(issuer.rawSubject)) return false;
  const [, algorithm, signature] = membersOf(
    decodeDer(certificate.raw, 'certificate'),
    Tag.sequence,
    'certificate',
  );
  const signed = firstMemberBytes(certificate.raw);
  return verifySignature(
    algorithm,
    signed,
    wholeBitsOf(signature, 'signature'),
    readPublicKey(issuer.publicKeyDer),
  );
}

function nameOf(node: DerNode | undefined, what: string): DistinguishedName {
  const { commonName, organizations } = decodeName(node, what);
  return { commonName, organizations };
}

const decodeSerial = (content: Buffer): string => content.toString('hex').replace(/^(00)+(?=..)/, '');

function decodeKnownExtensions(extensions: readonly Extension[]) {
  return {
    ...decodeAlternativeNames(extensionValue(extensions, Oid.subjectAltName)),
    isCertificateAuthority: decodeBasicConstraints(extensionValue(extensions, Oid.basicConstraints)),
    keyUsages: decodeKeyUsages(extensionValue(extensions, Oid.keyUsage)),
    extendedKeyUsages: decodeExtendedKeyUsages(extensionValue(extensions, Oid.extKeyUsage)),
    subjectKeyId: decodeSubjectKeyIdentifier(extensionValue(extensions, Oid.subjectKeyIdentifier)),
    authorityKeyId: decodeAuthorityKeyIdentifier(extensionValue(extensions, Oid.authorityKeyIdentifier)),
  };
}
