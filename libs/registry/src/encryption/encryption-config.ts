import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '@hawser/runtime';
import { parse, stringify } from 'yaml';
import { aesGcmTransformer, type NamedKey } from './aes-gcm-transformer.ts';
import type { Transformer } from './transformer.ts';

/** Finds the transformer of a resource, such as `secrets`; undefined where it is stored as it is. */
export type TransformerFor = (resource: string) => Transformer | undefined;

interface Provider {
  aesgcm?: { keys?: { name?: string; secret?: string }[] };
  identity?: object;
  [other: string]: unknown;
}

/** A configuration that cannot be honoured. */
export class EncryptionConfigError extends Error {
  override name = 'EncryptionConfigError';
}

/**
 * Reads an upstream `EncryptionConfiguration` (apiserver.config.k8s.io/v1); where there is no file yet, makes
 * one with a fresh 256-bit key for Secrets, readable by its owner alone.
 * @throws EncryptionConfigError on a provider that is not supported, a key that is no key, or Secrets in clear.
 */
export function loadEncryptionConfig(path: string): TransformerFor {
  if (!existsSync(path)) writeFileAtomic(path, freshConfig(), 0o600);
  const config = parse(readFileSync(path, 'utf8')) as {
    kind?: string;
    resources?: { resources?: string[]; providers?: Provider[] }[];
  };
  if (config?.kind !== 'EncryptionConfiguration')
    throw new EncryptionConfigError(`${path}: kind is not EncryptionConfiguration`);
  const byResource = new Map<string, Transformer>();
  for (const { resources = [], providers = [] } of config.resources ?? []) {
    const transformer = transformerOf(path, providers);
    for (const resource of resources)
      if (transformer !== undefined && !byResource.has(resource)) byResource.set(resource, transformer);
  }
  const find: TransformerFor = (resource) => byResource.get(resource) ?? byResource.get('*.*');
  if (find('secrets') === undefined)
    throw new EncryptionConfigError(
      `${path}: Secrets would be stored in clear; list "secrets" with an aesgcm provider first and identity last`,
    );
  return find;
}

function freshConfig(): string {
  const key = { name: 'key1', secret: randomBytes(32).toString('base64') };
  return stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets'], providers: [{ aesgcm: { keys: [key] } }, { identity: {} }] }],
  });
}

function transformerOf(path: string, providers: readonly Provider[]): Transformer | undefined {
  for (const provider of providers)
    for (const name of Object.keys(provider))
      if (name !== 'aesgcm' && name !== 'identity')
        throw new EncryptionConfigError(
          `${path}: provider ${JSON.stringify(name)} is not supported, use aesgcm or identity`,
        );
  const keys = providers.flatMap((provider) => provider.aesgcm?.keys ?? []).map((key) => namedKey(path, key));
  const identityAt = providers.findIndex((provider) => provider.identity !== undefined);
  if (keys.length === 0) return undefined;
  if (identityAt === 0)
    throw new EncryptionConfigError(`${path}: identity before aesgcm would write in clear; put it last`);
  return aesGcmTransformer(keys, identityAt !== -1);
}

function namedKey(path: string, { name, secret }: { name?: string; secret?: string }): NamedKey {
  const bytes = Buffer.from(secret ?? '', 'base64');
  if (name === undefined || name === '' || name.includes(':'))
    throw new EncryptionConfigError(`${path}: a key needs a name without a colon`);
  if (![16, 24, 32].includes(bytes.length))
    throw new EncryptionConfigError(`${path}: key ${name} must be 16, 24 or 32 bytes in base64`);
  return { name, secret: bytes };
}
