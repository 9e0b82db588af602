import { readFileSync } from 'node:fs';
import type { KeyFiles } from '@hawser/config';
import {
  type Certificate,
  type CertificateAuthority,
  describeKey,
  encodePrivateKey,
  generateKeyPair,
  type KeyPairKind,
  loadCertificateAuthority,
  loadKeyPair,
  PkiError,
  parseCertificate,
  readPublicKey,
  signCertificate,
} from '@hawser/pki';
import type { CertificateFiles, CertificatePair } from './certificate-files.ts';
import { isExternal } from './expiration.ts';
import type { ManagedCertificate } from './managed-certificates.ts';

const DAY_MS = 86_400_000;
const LIFE_MS = 365 * DAY_MS;
/** Clocks of other machines may be behind by this much; upstream's figure. */
const BACKDATE_MS = 300_000;

export interface RenewOptions {
  /** Makes a new key, as kubeadm always does; without, the key stays. */
  readonly newKey: boolean;
  readonly now: Date;
}

export type Renewal =
  | { readonly outcome: 'renewed'; readonly notAfter: Date }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'external' }
  | { readonly outcome: 'failed'; readonly why: string };

/**
 * Issues a certificate anew, whenever the present one expires, with everything that it says: subject, names, usages.
 * It lives a year, and not longer than its authority. What fails leaves the files as they were.
 */
export function renewCertificate(certificate: ManagedCertificate, options: RenewOptions): Renewal {
  const { files, authority } = certificate;
  if (!files.exists()) return { outcome: 'missing' };
  if (isExternal(authority)) return { outcome: 'external' };
  try {
    const renewed = reissued(files, load(authority.files), options);
    files.write(renewed);
    return { outcome: 'renewed', notAfter: parseCertificate(renewed.certificate).notAfter };
  } catch (error) {
    return { outcome: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

function reissued(
  files: CertificateFiles,
  ca: CertificateAuthority,
  { newKey, now }: RenewOptions,
): CertificatePair {
  const { notAfter: caNotAfter } = ca.certificate;
  if (caNotAfter <= now) throw new PkiError('its authority has expired, and must be replaced first');
  const old = parseCertificate(files.readCertificate());
  const key = newKey ? freshKeyLike(old) : files.readKey();
  const { publicKey } = loadKeyPair(key);
  const { dnsNames, ipAddresses, uris, emails } = old;
  const certificate = signCertificate({
    ca,
    publicKey,
    subject: old.rawSubject,
    sans: { dnsNames, ipAddresses, uris, emails },
    usages: [...old.keyUsages, ...old.extendedKeyUsages],
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(Math.min(now.getTime() + LIFE_MS, caNotAfter.getTime())),
  });
  return { certificate, key };
}

function load({ certificate, key }: KeyFiles): CertificateAuthority {
  return loadCertificateAuthority(readFileSync(certificate, 'utf8'), readFileSync(key, 'utf8'));
}

/** A new key of the same family and size. */
function freshKeyLike({ publicKeyDer }: Certificate): string {
  const { algorithm, sizeBits } = describeKey(readPublicKey(publicKeyDer));
  const kinds: readonly KeyPairKind[] = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'ecdsa-p384', 'ed25519'];
  const wanted =
    algorithm === 'Ed25519' ? 'ed25519' : `${algorithm === 'RSA' ? 'rsa-' : 'ecdsa-p'}${sizeBits}`;
  return encodePrivateKey(generateKeyPair(kinds.find((kind) => kind === wanted)));
}
