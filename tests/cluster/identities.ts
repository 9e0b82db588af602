import { readFileSync } from 'node:fs';
import { loadKubeconfig, resolveContext } from '@hawser/client';
import type { KeyFiles } from '@hawser/config';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  encodePrivateKey,
  generateKeyPair,
  loadCertificateAuthority,
  type SubjectAlternativeNamesInput,
  signCertificate,
} from '@hawser/pki';
import type { WireIdentity } from './wire-client.ts';

const HOUR_MS = 3_600_000;

/** A certificate and its key, as PEM texts. */
export interface KeyMaterial {
  readonly cert: string;
  readonly key: string;
}

export interface SubjectInput {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly sans?: SubjectAlternativeNamesInput;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A CA that nothing in the cluster trusts, with the same name as the cluster's so that only its key differs. */
export function foreignAuthority(): CertificateAuthority {
  const now = Date.now();
  return createCertificateAuthority({
    subject: { commonName: 'kubernetes' },
    notBefore: new Date(now - HOUR_MS),
    notAfter: new Date(now + HOUR_MS),
  });
}

export function authorityOf(files: KeyFiles): CertificateAuthority {
  return loadCertificateAuthority(readFileSync(files.certificate, 'utf8'), readFileSync(files.key, 'utf8'));
}

/** A certificate for clients and servers alike, from a CA. */
export function issue(ca: CertificateAuthority, subject: SubjectInput): KeyMaterial {
  const keyPair = generateKeyPair('ecdsa-p256');
  const now = Date.now();
  const cert = signCertificate({
    ca,
    publicKey: keyPair.publicKey,
    subject: { commonName: subject.commonName, organizations: subject.organizations ?? [] },
    sans: subject.sans ?? {},
    usages: ['digital signature', 'client auth', 'server auth'],
    notBefore: subject.notBefore ?? new Date(now - HOUR_MS),
    notAfter: subject.notAfter ?? new Date(now + HOUR_MS),
  });
  return { cert, key: encodePrivateKey(keyPair) };
}

/** The identity in a kubeconfig. */
export function identityOf(kubeconfigPath: string): WireIdentity {
  const { cluster, user } = resolveContext(loadKubeconfig(kubeconfigPath));
  const decode = (text: string | undefined) =>
    text === undefined ? undefined : Buffer.from(text, 'base64').toString();
  const cert = decode(user['client-certificate-data']);
  const key = decode(user['client-key-data']);
  return {
    ca: decode(cluster['certificate-authority-data']) ?? '',
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(user.token === undefined ? {} : { token: user.token }),
  };
}
