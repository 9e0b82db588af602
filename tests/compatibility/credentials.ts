import { readFileSync, writeFileSync } from 'node:fs';
import { createCertificateRequest, generateKeyPair } from '@hawser/pki';
import { parse, stringify } from 'yaml';
import type { Json } from '../cluster/wire-client.ts';

/** Copies a kubeconfig, with a namespace for its contexts. */
export function writeContext(from: string, to: string, namespace: string): void {
  const config = parse(readFileSync(from, 'utf8')) as Json;
  for (const { context } of config.contexts) context.namespace = namespace;
  writeFileSync(to, stringify(config), { mode: 0o600 });
}

/** `spec.request` of a CertificateSigningRequest for a user of that name. */
export function certificateRequest(commonName: string): string {
  const keyPair = generateKeyPair('ecdsa-p256');
  return Buffer.from(createCertificateRequest({ keyPair, subject: { commonName } })).toString('base64');
}
