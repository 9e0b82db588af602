import { type KeyObject, randomBytes } from 'node:crypto';
import { encodeBasicConstraints } from './basic-constraints.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { type DerNode, decodeDer, integer, octetString, sequence, tagged, taggedBytes, time } from './der.ts';
import { type DistinguishedNameInput, encodeName } from './distinguished-name.ts';
import { encodeExtension } from './extensions.ts';
import { computeKeyIdentifier, exportSpki } from './key-identifier.ts';
import type { KeyPair } from './key-pair.ts';
import { assertStrongKey } from './key-strength.ts';
import { Oid } from './oid.ts';
import { encodePem } from './pem.ts';
import { PkiError } from './pki-error.ts';
import { signatureAlgorithmOf, signDer } from './signature.ts';
import { encodeAlternativeNames, type SubjectAlternativeNamesInput } from './subject-alternative-names.ts';
import { encodeExtendedKeyUsages, encodeKeyUsages, splitUsages, type Usage } from './usages.ts';

export interface SignCertificateInput {
  readonly ca: CertificateAuthority;
  readonly publicKey: KeyObject;
  /** A name, or an RDNSequence in DER to be carried over unchanged (a request's `rawSubject`). */
  readonly subject: DistinguishedNameInput | Uint8Array;
  readonly sans?: SubjectAlternativeNamesInput;
  /** Kubernetes' names, as in a CertificateSigningRequest's `spec.usages`. */
  readonly usages: readonly Usage[] | readonly string[];
  /** Backdating for clock skew, and staying within the CA's own life, are the caller's affair. */
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Issues an end-entity certificate (never a CA) and returns it as PEM. Throws `PkiError` for a weak key, an
 * unknown usage, a name that cannot be written, or an empty period.
 */
export function signCertificate(input: SignCertificateInput): string {
  const subject =
    input.subject instanceof Uint8Array ? decodeDer(input.subject, 'subject') : encodeName(input.subject);
  return signProfile({
    signer: input.ca.keyPair,
    issuer: decodeDer(input.ca.certificate.rawSubject, 'issuer'),
    issuerKeyId: input.ca.certificate.subjectKeyId,
    subject,
    publicKey: input.publicKey,
    notBefore: input.notBefore,
    notAfter: input.notAfter,
    isCertificateAuthority: false,
    usages: input.usages,
    sans: input.sans ?? {},
  });
}

/** Everything that a certificate says, and who says it. */
export interface CertificateProfile {
  readonly signer: KeyPair;
  readonly issuer: DerNode;
  /** Hex; undefined for a certificate that signs itself. */
  readonly issuerKeyId: string | undefined;
  readonly subject: DerNode;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isCertificateAuthority: boolean;
  readonly usages: readonly string[];
  readonly sans: SubjectAlternativeNamesInput;
}

/** Writes and signs one certificate of version 3, RFC 5280 section 4.1. */
export function signProfile(profile: CertificateProfile): string {
  assertStrongKey(profile.publicKey);
  if (!(profile.notBefore < profile.notAfter)) throw new PkiError('notAfter must be later than notBefore');
  const spki = exportSpki(profile.publicKey);
  const toBeSigned = sequence(
    tagged(0, integer(2)),
    integer(...randomSerial()),
    signatureAlgorithmOf(profile.signer.publicKey),
    profile.issuer,
    sequence(time(profile.notBefore), time(profile.notAfter)),
    profile.subject,
    decodeDer(spki, 'public key'),
    tagged(3, sequence(...encodeProfileExtensions(profile, spki))),
  );
  return encodePem('CERTIFICATE', signDer(toBeSigned, profile.signer));
}

/** 128 random bits, made positive and of full length by the two highest (RFC 5280 section 4.1.2.2). */
function randomSerial(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes;
}

function encodeProfileExtensions(profile: CertificateProfile, spki: Buffer): DerNode[] {
  const { keyUsages, extendedKeyUsages } = splitUsages(profile.usages);
  const keyId = computeKeyIdentifier(spki);
  const issuerKeyId = profile.issuerKeyId ? Buffer.from(profile.issuerKeyId, 'hex') : undefined;
  const names = encodeAlternativeNames(profile.sans);
  const subjectIsEmpty = profile.subject.value.length === 0;
  if (subjectIsEmpty && !names) throw new PkiError('a certificate needs a subject or an alternative name');
  const optional = <T>(value: T | undefined, encode: (value: T) => DerNode) => (value ? [encode(value)] : []);
  return [
    ...optional(keyUsages.length > 0 ? keyUsages : undefined, (usages) =>
      encodeExtension(Oid.keyUsage, true, encodeKeyUsages(usages)),
    ),
    ...optional(extendedKeyUsages.length > 0 ? extendedKeyUsages : undefined, (usages) =>
      encodeExtension(Oid.extKeyUsage, false, encodeExtendedKeyUsages(usages)),
    ),
    encodeExtension(Oid.basicConstraints, true, encodeBasicConstraints(profile.isCertificateAuthority)),
    encodeExtension(Oid.subjectKeyIdentifier, false, octetString(keyId)),
    ...optional(issuerKeyId, (id) =>
      encodeExtension(Oid.authorityKeyIdentifier, false, sequence(taggedBytes(0, id))),
    ),
    ...optional(names, (sans) => encodeExtension(Oid.subjectAltName, subjectIsEmpty, sans)),
  ];
}
