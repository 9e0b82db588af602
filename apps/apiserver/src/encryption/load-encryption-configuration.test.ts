import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labelOf } from '@hawser/registry';
import { ConfigurationFileError } from '../configuration-file/read-configuration-file.ts';
import {
  ensureEncryptionConfiguration,
  loadEncryptionConfiguration,
} from './load-encryption-configuration.ts';

const directory = mkdtempSync(join(tmpdir(), 'hawser-encryption-'));
afterAll(() => rmSync(directory, { recursive: true }));

const secret = (bytes: number) => Buffer.alloc(bytes, 1).toString('base64');
const keys = (...names: string[]) => ({ keys: names.map((name) => ({ name, secret: secret(32) })) });
const aesgcm = { aesgcm: keys('k') };
const identity = { identity: {} };
const HEAD = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration' };

function load(configuration: object) {
  const path = join(directory, 'config.yaml');
  writeFileSync(path, JSON.stringify(configuration));
  return loadEncryptionConfiguration(path);
}

const rules = (...resources: unknown[]) => ({ ...HEAD, resources });
const rule = (resources: unknown, providers: unknown = [aesgcm, identity]) => ({ resources, providers });

describe('is refused where Secrets would be written in clear:', () => {
  const cases: { name: string; configuration: object }[] = [
    { name: 'identity is the only provider', configuration: rules(rule(['secrets'], [identity])) },
    { name: 'identity comes first', configuration: rules(rule(['secrets'], [identity, aesgcm])) },
    { name: 'Secrets are not listed', configuration: rules(rule(['configmaps'])) },
  ];
  for (const { name, configuration } of cases)
    test(name, () => {
      expect(() => load(configuration)).toThrow(ConfigurationFileError);
      expect(() => load(configuration)).toThrow('Secrets would be stored in clear');
    });
});

describe("is refused in upstream's words:", () => {
  const P = 'resources[0].providers[0]';
  const cases: { name: string; configuration: object; says: string }[] = [
    {
      name: 'no rule',
      configuration: rules(),
      says: ': resources: Required value: at least one resources is required',
    },
    {
      name: 'nothing listed',
      configuration: rules(rule([])),
      says: 'resources[0].resources: Required value: at least one resources[0].resources is required',
    },
    {
      name: 'no provider',
      configuration: rules(rule(['secrets'], [])),
      says: 'resources[0].providers: Required value: at least one resources[0].providers is required',
    },
    {
      name: 'the same resource twice',
      configuration: rules(rule(['secrets', 'secrets'])),
      says: 'resources[0].resources: Invalid value: ["secrets","secrets"]: the same resource cannot be specified multiple times',
    },
    ...[
      ['secrets', '*.'],
      ['*.*', 'secrets'],
      ['*.apps', 'deployments.apps', 'secrets'],
    ].map((resources) => ({
      name: `overlapping ${resources}`,
      configuration: rules(rule(resources)),
      says: "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked",
    })),
    {
      name: 'capital letters',
      configuration: rules(rule(['Secrets'])),
      says: 'resources[0].resources[0]: Invalid value: "Secrets": resource name should not contain capital letters',
    },
    {
      name: 'a bare star',
      configuration: rules(rule(['*'])),
      says: "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources",
    },
    {
      name: 'what has no API',
      configuration: rules(rule(['serviceipallocations'])),
      says: 'resources which do not have REST API/s cannot be encrypted',
    },
    {
      name: 'events by their newer group',
      configuration: rules(rule(['events.events.k8s.io'])),
      says: "Use 'events' instead in the config file",
    },
    {
      name: 'the group extensions',
      configuration: rules(rule(['ingresses.extensions'])),
      says: "'extensions' group has been removed and cannot be used for encryption",
    },
    {
      name: 'one resource of all groups',
      configuration: rules(rule(['secrets.*'])),
      says: 'encrypting the same resource across groups is not supported',
    },
    {
      name: 'an earlier rule that masks a later',
      configuration: rules(rule(['*.*']), rule(['secrets'])),
      says: 'resource "secrets" is masked by earlier rule "*.*"',
    },
    {
      name: 'an earlier rule for the group',
      configuration: rules(rule(['*.']), rule(['secrets'])),
      says: 'resource "secrets" is masked by earlier rule "*."',
    },
    {
      name: 'an element without a provider',
      configuration: rules(rule(['secrets'], [{}])),
      says: `${P}: Invalid value: "REDACTED": provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity`,
    },
    {
      name: 'two providers in one element',
      configuration: rules(rule(['secrets'], [{ ...aesgcm, ...identity }])),
      says: 'more than one provider specified in a single element, should split into different list elements',
    },
    {
      name: 'no key',
      configuration: rules(rule(['secrets'], [{ aesgcm: { keys: [] } }])),
      says: `${P}.aesgcm.keys: Required value: at least one keys is required`,
    },
    {
      name: 'a key without a name or a secret',
      configuration: rules(rule(['secrets'], [{ secretbox: { keys: [{}] } }])),
      says: `[${P}.secretbox.keys[0].name: Required value: name is a mandatory field for a key, ${P}.secretbox.keys[0].secret: Required value: secret is a mandatory field for a key]`,
    },
    {
      name: 'a secret that is no base64',
      configuration: rules(rule(['secrets'], [{ aescbc: { keys: [{ name: 'k', secret: 'not base64!' }] } }])),
      says: `${P}.aescbc.keys[0].secret: Invalid value: "REDACTED": secrets must be base64 encoded`,
    },
    {
      name: 'an AES key of 20 bytes',
      configuration: rules(rule(['secrets'], [{ aesgcm: { keys: [{ name: 'k', secret: secret(20) }] } }])),
      says: 'secret is not of the expected length, got 20, expected one of [16 24 32]',
    },
    {
      name: 'a secretbox key of 16 bytes',
      configuration: rules(rule(['secrets'], [{ secretbox: { keys: [{ name: 'k', secret: secret(16) }] } }])),
      says: 'secret is not of the expected length, got 16, expected one of [32]',
    },
    {
      name: 'kms, which is not there',
      configuration: rules(rule(['secrets'], [{ kms: { name: 'k', endpoint: 'unix:///k' } }])),
      says: `${P}.kms: Forbidden: KMS plugins are not supported`,
    },
    {
      name: 'a field that does not exist',
      configuration: rules({ ...rule(['secrets']), provider: [] }),
      says: 'strict decoding error: unknown field "resources[0].provider"',
    },
    {
      name: 'another kind',
      configuration: { ...HEAD, kind: 'Secret' },
      says: 'no kind "Secret" is registered for version "apiserver.config.k8s.io/v1"',
    },
    { name: 'no version', configuration: { kind: HEAD.kind }, says: "Object 'apiVersion' is missing" },
  ];
  for (const { name, configuration, says } of cases)
    test(name, () => expect(() => load(configuration)).toThrow(says));

  test('and never with a key in them', () => {
    for (const { configuration } of cases) {
      let message = '';
      try {
        load(configuration);
      } catch (error) {
        message = (error as Error).message;
      }
      for (const size of [16, 20, 32]) expect(message).not.toContain(secret(size));
      expect(message).not.toContain('not base64!');
    }
  });

  test('a file that is not there, or empty', () => {
    const path = join(directory, 'none.yaml');
    expect(() => loadEncryptionConfiguration(path)).toThrow('no such file');
    writeFileSync(path, '');
    expect(() => loadEncryptionConfiguration(path)).toThrow('the file is empty');
  });
});

describe('the most specific rule holds:', () => {
  const configuration = rules(
    rule(['secrets', 'configmaps'], [{ aesgcm: keys('named') }]),
    rule(['*.apps'], [{ secretbox: keys('group') }]),
    rule(['events'], [identity]),
    rule(['*.*'], [{ aescbc: keys('rest') }]),
  );
  const cases: [resource: string, writesWith: string][] = [
    ['secrets', 'aesgcm:named'],
    ['configmaps', 'aesgcm:named'],
    ['deployments.apps', 'secretbox:group'],
    ['events', 'identity'],
    ['pods', 'aescbc:rest'],
    ['leases.coordination.k8s.io', 'aescbc:rest'],
  ];
  for (const [resource, writesWith] of cases)
    test(`${resource} with ${writesWith}`, () => {
      expect(labelOf(load(configuration).transformerFor(resource)!.writesWith)).toBe(writesWith);
    });
});

test('rules of one resource follow one another', () => {
  const { transformerFor } = load(
    rules(rule(['secrets'], [aesgcm]), rule(['secrets'], [{ secretbox: keys('s') }])),
  );
  expect(transformerFor('secrets')!.reads.map(labelOf)).toEqual(['aesgcm:k', 'secretbox:s']);
  expect(transformerFor('pods')).toBeUndefined();
});

test('is made where there is none at the first start, for its owner alone', () => {
  const path = join(directory, 'fresh.yaml');
  ensureEncryptionConfiguration(path, true);
  expect(labelOf(loadEncryptionConfiguration(path).transformerFor('secrets')!.writesWith)).toBe(
    'aesgcm:key1',
  );
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('is not made anew, with another key, where something is stored', () => {
  const path = join(directory, 'lost.yaml');
  expect(() => ensureEncryptionConfiguration(path, false)).toThrow(
    `the encryption provider configuration file "${path}" is missing, and the store is not empty`,
  );
  expect(existsSync(path)).toBe(false);
});
