import { createHash } from 'node:crypto';
import { type Certificate, parseCertificate } from './certificate.ts';

/**
 * The pin of a CA as kubeadm writes it for `--discovery-token-ca-cert-hash`: `sha256:` and the hex of SHA-256
 * over the certificate's SubjectPublicKeyInfo in DER.
 */
export function spkiHash(certificate: Certificate | string): string {
  const { publicKeyDer } = typeof certificate === 'string' ? parseCertificate(certificate) : certificate;
  return `sha256:${createHash('sha256').update(publicKeyDer).digest('hex')}`;
}
