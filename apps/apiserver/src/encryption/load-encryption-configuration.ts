import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  aesCbc,
  aesGcm,
  identity,
  type NamedKey,
  PLAIN,
  type Provider,
  providerTransformer,
  secretbox,
  type TransformerFor,
} from '@hawser/registry';
import { writeFileAtomic } from '@hawser/runtime';
import { stringify } from 'yaml';
import {
  aggregateMessage,
  ConfigurationFileError,
  readConfigurationFile,
} from '../configuration-file/read-configuration-file.ts';
import {
  ENCRYPTION_CONFIGURATION,
  type EncryptionConfiguration,
  type KeyConfiguration,
  type ProviderConfiguration,
} from './encryption-configuration.ts';
import { nameOf, parseGroupResource } from './group-resource.ts';
import { validateEncryptionConfiguration } from './validate-encryption-configuration.ts';

export interface LoadedEncryption {
  readonly transformerFor: TransformerFor;
  /** Tells whether the file has changed. */
  readonly contentHash: string;
}

/**
 * Makes a configuration with a fresh 256-bit key for Secrets, readable by its owner alone, where there is none.
 * @param isFirstStart whether nothing is stored yet.
 * @throws ConfigurationFileError where there is none any more: what is written with a fresh key, while the file that
 *   was lost is looked for, would be lost as soon as that is put back.
 */
export function ensureEncryptionConfiguration(path: string, isFirstStart: boolean): void {
  if (existsSync(path)) return;
  if (!isFirstStart)
    throw new ConfigurationFileError(
      `the encryption provider configuration file ${JSON.stringify(path)} is missing, and the store is not empty: put back the file whose keys it was written with, or make one with other keys if they are lost`,
    );
  writeFileAtomic(path, freshConfiguration(), 0o600);
}

/**
 * Reads an upstream EncryptionConfiguration.
 * @throws ConfigurationFileError in upstream's words; and where Secrets would be stored in clear, which upstream lets
 *   pass.
 */
export function loadEncryptionConfiguration(path: string): LoadedEncryption {
  try {
    const { bytes, value } = readConfigurationFile(path, ENCRYPTION_CONFIGURATION);
    const configuration = value as EncryptionConfiguration;
    const faults = validateEncryptionConfiguration(configuration);
    if (faults.length > 0) throw new ConfigurationFileError(aggregateMessage(faults));
    const transformerFor = transformersOf(configuration);
    assertSecretsEncrypted(transformerFor);
    return { transformerFor, contentHash: createHash('sha256').update(bytes).digest('hex') };
  } catch (cause) {
    if (!(cause instanceof ConfigurationFileError)) throw cause;
    throw new ConfigurationFileError(
      `error while parsing encryption provider configuration file ${JSON.stringify(path)}: ${cause.message}`,
    );
  }
}

function freshConfiguration(): string {
  const key = { name: 'key1', secret: randomBytes(32).toString('base64') };
  return stringify({
    apiVersion: ENCRYPTION_CONFIGURATION.apiVersions[0],
    kind: ENCRYPTION_CONFIGURATION.kind,
    resources: [{ resources: ['secrets'], providers: [{ aesgcm: { keys: [key] } }, { identity: {} }] }],
  });
}

/** The most specific rule holds: the resource, all of its group, everything. */
function transformersOf({ resources = [] }: EncryptionConfiguration): TransformerFor {
  const byName = new Map<string, Provider[]>();
  for (const { resources: names = [], providers = [] } of resources)
    for (const name of names) {
      const parsed = parseGroupResource(name);
      for (const wider of [
        { group: parsed.group, resource: '*' },
        { group: '*', resource: '*' },
      ])
        if (byName.has(nameOf(wider))) throw masked(parsed, wider);
      byName.set(nameOf(parsed), [...(byName.get(nameOf(parsed)) ?? []), ...providers.flatMap(providersOf)]);
    }
  const transformers = new Map([...byName].map(([name, list]) => [name, providerTransformer(list)]));
  return (resource) => {
    const { group } = parseGroupResource(resource);
    return transformers.get(resource) ?? transformers.get(`*.${group}`) ?? transformers.get('*.*');
  };
}

function masked(
  resource: Parameters<typeof nameOf>[0],
  by: Parameters<typeof nameOf>[0],
): ConfigurationFileError {
  return new ConfigurationFileError(
    `resource ${JSON.stringify(nameOf(resource))} is masked by earlier rule ${JSON.stringify(nameOf(by))}`,
  );
}

function providersOf({ aesgcm, aescbc, secretbox: boxes }: ProviderConfiguration): Provider[] {
  if (aesgcm !== undefined) return (aesgcm.keys ?? []).map((key) => aesGcm(namedKey(key)));
  if (aescbc !== undefined) return (aescbc.keys ?? []).map((key) => aesCbc(namedKey(key)));
  if (boxes !== undefined) return (boxes.keys ?? []).map((key) => secretbox(namedKey(key)));
  return [identity];
}

function namedKey({ name = '', secret = '' }: KeyConfiguration): NamedKey {
  return { name, secret: Buffer.from(secret, 'base64') };
}

function assertSecretsEncrypted(find: TransformerFor): void {
  const writesWith = find('secrets')?.writesWith ?? PLAIN;
  if (writesWith === PLAIN)
    throw new ConfigurationFileError(
      'Secrets would be stored in clear; list "secrets" with an aesgcm or secretbox provider first and identity last',
    );
}
