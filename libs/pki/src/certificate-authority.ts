import { type Certificate, parseCertificate, parseCertificateBundle } from './certificate.ts';
import { type DistinguishedNameInput, encodeName } from './distinguished-name.ts';
import { exportSpki } from './key-identifier.ts';
import { generateKeyPair, type KeyPair, loadKeyPair } from './key-pair.ts';
import { PkiError } from './pki-error.ts';
import { signProfile } from './sign-certificate.ts';

/** A certificate that may sign others, and its key. */
export interface CertificateAuthority {
  readonly keyPair: KeyPair;
  readonly certificate: Certificate;
  readonly certificatePem: string;
}

export interface CreateCertificateAuthorityInput {
  readonly subject: DistinguishedNameInput;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** ECDSA P-256 when absent. */
  readonly keyPair?: KeyPair;
}

/** A self-signed certificate authority: critical basicConstraints, and the key usages of a CA. */
export function createCertificateAuthority(input: CreateCertificateAuthorityInput): CertificateAuthority {
  const keyPair = input.keyPair ?? generateKeyPair('ecdsa-p256');
  const name = encodeName(input.subject);
  const certificatePem = signProfile({
    signer: keyPair,
    issuer: name,
    issuerKeyId: undefined,
    subject: name,
    publicKey: keyPair.publicKey,
    notBefore: input.notBefore,
    notAfter: input.notAfter,
    isCertificateAuthority: true,
    usages: ['digital signature', 'cert sign', 'crl sign'],
    sans: {},
  });
  return { keyPair, certificatePem, certificate: parseCertificate(certificatePem) };
}

/**
 * Loads an authority from the two files of `--cluster-signing-cert-file` and `--cluster-signing-key-file`.
 * While an authority is replaced the certificate's file holds two: the one counts that belongs to the key; the text
 * stays whole, for those who are to trust both. Throws `PkiError` when either cannot be read, they do not belong
 * together, or it is not a CA's certificate.
 */
export function loadCertificateAuthority(
  certificatePem: string,
  privateKeyPem: string,
): CertificateAuthority {
  const keyPair = loadKeyPair(privateKeyPem);
  const certificate = parseCertificateBundle(certificatePem).find((each) => matchesKey(each, keyPair));
  if (!certificate) throw new PkiError('private key does not belong to the certificate');
  if (!certificate.isCertificateAuthority) throw new PkiError('certificate is not a certificate authority');
  return { keyPair, certificate, certificatePem };
}

/** Whether the certificate was issued for this key. */
export function matchesKey(certificate: Certificate, keyPair: KeyPair): boolean {
  return certificate.publicKeyDer.equals(exportSpki(keyPair.publicKey));
}
