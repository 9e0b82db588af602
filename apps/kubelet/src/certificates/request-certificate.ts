import { createHash } from 'node:crypto';
import { type CertificateSigningRequest, certificateSigningRequests as csrs } from '@hawser/api';
import { isAlreadyExists, type KubeClient } from '@hawser/client';
import {
  createCertificateRequest,
  encodePublicKey,
  type KeyPair,
  matchesKey,
  parseCertificate,
} from '@hawser/pki';
import { sleep } from '@hawser/runtime';

/** What certificate is wanted, from whom, for what. */
export interface CertificateTemplate {
  signerName: string;
  usages: string[];
  commonName: string;
  organizations: string[];
  dnsNames?: string[];
  ipAddresses?: string[];
}

/** The request was denied, or its signing failed; the same one is not going to be granted. */
export class CertificateRefusedError extends Error {
  override readonly name = 'CertificateRefusedError';
}

const REREAD_MS = 1_000;

/**
 * Asks for a certificate with a CertificateSigningRequest and waits, for as long as it takes, until it is issued.
 * The request's name comes from the key, so that asking again with the same key, after a crash or a broken
 * connection, finds the request that is already there.
 * @returns the certificate chain as PEM; its key is the one given.
 * @throws CertificateRefusedError, and what KubeClient throws.
 */
export async function requestCertificate(
  client: KubeClient,
  template: CertificateTemplate,
  keyPair: KeyPair,
  signal: AbortSignal,
): Promise<string> {
  const name = requestName(template, keyPair);
  await createOnce(client, name, template, keyPair, signal);
  const pem = await waitForCertificate(client, name, signal);
  if (!matchesKey(parseCertificate(pem), keyPair))
    throw new CertificateRefusedError(`the certificate issued for ${name} is not for the key that asked`);
  return pem;
}

/** Upstream prefixes a node's first request with `node-csr-` and others with `csr-`. */
function requestName({ signerName }: CertificateTemplate, keyPair: KeyPair): string {
  const digest = createHash('sha256')
    .update(signerName)
    .update(encodePublicKey(keyPair.publicKey))
    .digest('hex');
  const prefix = signerName.endsWith('/kube-apiserver-client-kubelet') ? 'node-csr' : 'csr';
  return `${prefix}-${digest.slice(0, 43)}`;
}

async function createOnce(
  client: KubeClient,
  name: string,
  template: CertificateTemplate,
  keyPair: KeyPair,
  signal: AbortSignal,
): Promise<void> {
  const { commonName, organizations, dnsNames, ipAddresses, signerName, usages } = template;
  const subject = { commonName, organizations };
  const pem = createCertificateRequest({ keyPair, subject, dnsNames, ipAddresses });
  const request = Buffer.from(pem).toString('base64');
  try {
    await client.create(csrs, { metadata: { name }, spec: { request, signerName, usages } }, { signal });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

async function waitForCertificate(client: KubeClient, name: string, signal: AbortSignal): Promise<string> {
  const fieldSelector = `metadata.name=${name}`;
  for (;;) {
    const { items, resourceVersion } = await client.list(csrs, { fieldSelector, signal });
    if (items[0] === undefined) throw new CertificateRefusedError(`request ${name} is gone`);
    const issued = certificateOf(items[0]);
    if (issued !== undefined) return issued;
    for await (const { type, object } of client.watch(csrs, { fieldSelector, resourceVersion }, signal)) {
      if (type === 'DELETED') throw new CertificateRefusedError(`request ${name} was deleted`);
      const pem = type === 'BOOKMARK' ? undefined : certificateOf(object);
      if (pem !== undefined) return pem;
    }
    await sleep(REREAD_MS, signal);
  }
}

function certificateOf({ metadata, status }: CertificateSigningRequest): string | undefined {
  for (const { type, reason, message } of status?.conditions ?? [])
    if (type === 'Denied' || type === 'Failed')
      throw new CertificateRefusedError(
        `request ${metadata.name} ${type.toLowerCase()}: ${message || reason || ''}`,
      );
  const encoded = status?.certificate;
  return encoded ? Buffer.from(encoded, 'base64').toString('utf8') : undefined;
}
