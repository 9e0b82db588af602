import { createPrivateKey, X509Certificate } from 'node:crypto';
import { assertRsaSize, parseCertificateBundle } from '@hawser/pki';

/** A certificate, with its chain, and its private key, both as PEM. */
export interface KeyPairPem {
  readonly cert: string;
  readonly key: string;
}

/**
 * What a certificate's and a key's file say, if they belong together: files that are being replaced one after the
 * other do not.
 * @throws Error where one cannot be read, the key is another certificate's, or it is too weak.
 */
export function readKeyPair(cert: string, key: string): KeyPairPem {
  // A chain that was cut off in the middle would be served as a shorter one.
  checkWhole(cert);
  const certificate = reading('certificate', () => new X509Certificate(cert));
  const privateKey = reading('private key', () => createPrivateKey(key));
  assertRsaSize(certificate.publicKey);
  if (!certificate.checkPrivateKey(privateKey)) throw new Error("the private key is not the certificate's");
  return { cert, key };
}

/** The crypto library's words are no one's business: they may quote the key. */
function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new Error(`the ${what} cannot be read`);
  }
}

/**
 * What a file of CAs says, if there is at least one and each can be read.
 * @throws Error otherwise: a bundle that is half written would keep out those whom its other half vouches for.
 */
export function readCaBundle(pem: string): string {
  checkWhole(pem);
  for (const { raw } of parseCertificateBundle(pem)) checkAuthority(raw);
  return pem;
}

/** Whoever can compute a small key makes certificates for whomever they like. */
function checkAuthority(raw: Buffer): void {
  const { publicKey, subject } = reading('certificate', () => new X509Certificate(raw));
  try {
    assertRsaSize(publicKey);
  } catch (cause) {
    throw new Error(`CA ${JSON.stringify(subject)}: ${(cause as Error).message}`, { cause });
  }
}

function checkWhole(pem: string): void {
  const count = (word: string) => pem.split(`-----${word} CERTIFICATE-----`).length;
  if (count('BEGIN') !== count('END')) throw new Error('a certificate is cut off');
}
