import { existsSync } from 'node:fs';
import { buildKubeconfig, formatKubeconfig, loadKubeconfig, resolveContext } from '@hawser/client';
import {
  type CertificateAuthority,
  type DistinguishedNameInput,
  encodePrivateKey,
  generateKeyPair,
  type KeyPair,
  loadKeyPair,
} from '@hawser/pki';
import { issue, serves, type TrustedAuthority } from './certificate-files.ts';
import { writeIfDifferent } from './write-if-different.ts';

interface Credentials {
  readonly certificatePem: string;
  readonly keyPair: KeyPair;
}

/**
 * Writes a kubeconfig with a client certificate for `subject` in it, readable by its owner only. One that is there
 * keeps its key, and its certificate while that serves; the server's address and the trusted authorities are brought up to
 * date. Throws `KubeconfigError` for a file that is no kubeconfig: it is somebody's, and stays.
 */
export function ensureUserKubeconfig(
  path: string,
  server: string,
  { ca, bundle }: TrustedAuthority,
  subject: DistinguishedNameInput,
  now: Date,
): void {
  const { certificatePem, keyPair } = ensureCredentials(path, ca, subject, now);
  const kubeconfig = buildKubeconfig({
    server,
    certificateAuthority: { data: bundle },
    clientCertificate: { data: certificatePem },
    clientKey: { data: encodePrivateKey(keyPair) },
    userName: subject.commonName,
  });
  writeIfDifferent(path, formatKubeconfig(kubeconfig));
}

function ensureCredentials(
  path: string,
  ca: CertificateAuthority,
  subject: DistinguishedNameInput,
  now: Date,
): Credentials {
  const current = existsSync(path) ? readCredentials(path) : undefined;
  const spec = { subject, usages: ['digital signature', 'client auth'] } as const;
  if (current && serves(current.certificatePem, current.keyPair, ca, spec, now)) return current;
  const keyPair = current?.keyPair ?? generateKeyPair('ecdsa-p256');
  return { keyPair, certificatePem: issue(keyPair, ca, spec, now) };
}

function readCredentials(path: string): Credentials | undefined {
  const { user } = resolveContext(loadKubeconfig(path));
  const { 'client-certificate-data': certificate, 'client-key-data': key } = user;
  if (!certificate || !key) return undefined;
  const decode = (base64: string) => Buffer.from(base64, 'base64').toString();
  return { certificatePem: decode(certificate), keyPair: loadKeyPair(decode(key)) };
}
