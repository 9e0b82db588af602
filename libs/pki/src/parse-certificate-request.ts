import type { KeyObject } from 'node:crypto';
import { decodeBasicConstraints } from './basic-constraints.ts';
import {
  childrenOf,
  contextTag,
  type DerNode,
  decodeDer,
  encodeDer,
  firstMemberBytes,
  membersOf,
  oidOf,
  Tag,
  wholeBitsOf,
} from './der.ts';
import { type DistinguishedName, decodeName } from './distinguished-name.ts';
import { decodeExtensions, type Extension, extensionValue } from './extensions.ts';
import { encodePublicKey, readPublicKey } from './key-pair.ts';
import { assertStrongKey, type KeyDescription } from './key-strength.ts';
import { Oid } from './oid.ts';
import { decodePemBlock } from './pem.ts';
import { PkiError } from './pki-error.ts';
import { verifySignature } from './signature.ts';
import { decodeAlternativeNames, type SubjectAlternativeNames } from './subject-alternative-names.ts';
import { decodeExtendedKeyUsages, decodeKeyUsages, type KeyUsage } from './usages.ts';

/** What a request asks for. Its signature has been verified: whoever made it holds the private key. */
export interface CertificateRequest extends SubjectAlternativeNames {
  readonly subject: DistinguishedName;
  /** The RDNSequence as it stands, to be signed unchanged. */
  readonly rawSubject: Buffer;
  /** How many attributes the subject has besides its common name and organizations. */
  readonly otherAttributeCount: number;
  readonly publicKey: KeyObject;
  readonly publicKeyPem: string;
  readonly publicKeyDer: Buffer;
  readonly key: KeyDescription;
  /** Asked for in the request itself; a Kubernetes signer looks at the object's `spec.usages` instead. */
  readonly keyUsages: readonly KeyUsage[];
  readonly extendedKeyUsages: readonly string[];
  /** Whether it asks to become a certificate authority. */
  readonly wantsCertificateAuthority: boolean;
  readonly extensions: readonly Extension[];
  readonly raw: Buffer;
}

/** Far above any honest request; what comes in is parsed before anybody has approved it. */
const MAX_SIZE_BYTES = 64 * 1024;

/**
 * Reads and verifies a PKCS#10 request (RFC 2986) from PEM whose type is CERTIFICATE REQUEST, as the API server
 * demands. Throws `PkiError` when it is malformed, its signature does not verify, its key is weak, or its subject
 * has more than one common name (readers disagree about which of them counts).
 */
export function parseCertificateRequest(pem: string): CertificateRequest {
  if (pem.length > MAX_SIZE_BYTES) throw new PkiError('certificate request is too large');
  const raw = decodePemBlock(pem, 'CERTIFICATE REQUEST');
  const [info, algorithm, signature] = membersOf(
    decodeDer(raw, 'certificate request'),
    Tag.sequence,
    'request',
  );
  const [, subject, publicKeyNode, attributes] = membersOf(info, Tag.sequence, 'request info');
  membersOf(publicKeyNode, Tag.sequence, 'public key');
  const publicKeyDer = encodeDer(publicKeyNode!);
  const publicKey = readPublicKey(publicKeyDer);
  const key = assertStrongKey(publicKey);
  const signed = firstMemberBytes(raw);
  if (!verifySignature(algorithm, signed, wholeBitsOf(signature, 'signature'), publicKey)) {
    throw new PkiError('signature of the certificate request does not verify');
  }
  const { commonNameCount, otherAttributeCount, ...name } = decodeName(subject, 'subject');
  if (commonNameCount > 1) throw new PkiError('subject has more than one common name');
  return {
    subject: name,
    rawSubject: encodeDer(subject!),
    otherAttributeCount,
    publicKey,
    publicKeyPem: encodePublicKey(publicKey),
    publicKeyDer,
    key,
    ...decodeRequested(requestedExtensions(attributes)),
    raw,
  };
}

function decodeRequested(extensions: readonly Extension[]) {
  return {
    ...decodeAlternativeNames(extensionValue(extensions, Oid.subjectAltName)),
    keyUsages: decodeKeyUsages(extensionValue(extensions, Oid.keyUsage)),
    extendedKeyUsages: decodeExtendedKeyUsages(extensionValue(extensions, Oid.extKeyUsage)),
    wantsCertificateAuthority: decodeBasicConstraints(extensionValue(extensions, Oid.basicConstraints)),
    extensions,
  };
}

/** The extensions in the extensionRequest attribute; other attributes (a challenge password) say nothing. */
function requestedExtensions(attributes: DerNode | undefined): Extension[] {
  if (contextTag(attributes) !== 0) return [];
  const lists = childrenOf(attributes, 'request attributes')
    .map((attribute) => membersOf(attribute, Tag.sequence, 'request attribute'))
    .filter(([type]) => oidOf(type, 'request attribute') === Oid.extensionRequest)
    .flatMap(([, values]) => membersOf(values, Tag.set, 'request attribute values'));
  if (lists.length > 1) throw new PkiError('certificate request has more than one list of extensions');
  return lists.flatMap(decodeExtensions);
}
