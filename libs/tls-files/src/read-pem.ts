import { createPrivateKey, X509Certificate } from 'node:crypto';
import { parseCertificateBundle } from '@hawser/pki';

/** A certificate, with its chain, and its private key, both as PEM. */
export interface KeyPairPem {
  readonly cert: string;
  readonly key: string;
}

/**
 * What a certificate's and a key's file say, if they belong together: files that are being replaced one after the
 * other do not.
 * @throws Error where one cannot be read, or the key is another certificate's.
 */
export function readKeyPair(cert: string, key: string): KeyPairPem {
  // A chain that was cut off in the middle would be served as a shorter one.
  checkWhole(cert);
  const certificate = reading('certificate', () => new X509Certificate(cert));
  const privateKey = reading('private key', () => createPrivateKey(key));
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
  parseCertificateBundle(pem);
  return pem;
}

function checkWhole(pem: string): void {
  const count = (word: string) => pem.split(`-----${word} CERTIFICATE-----`).length;
  if (count('BEGIN') !== count('END')) throw new Error('a certificate is cut off');
}
