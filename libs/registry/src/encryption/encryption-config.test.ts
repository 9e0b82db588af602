import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EncryptionConfigError, loadEncryptionConfig } from './encryption-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'hawser-encryption-'));
afterAll(() => rmSync(directory, { recursive: true }));

const aesgcm = { aesgcm: { keys: [{ name: 'k', secret: Buffer.alloc(32, 1).toString('base64') }] } };
const identity = { identity: {} };

function load(resources: unknown) {
  const path = join(directory, 'config.yaml');
  writeFileSync(path, JSON.stringify({ kind: 'EncryptionConfiguration', resources }));
  return loadEncryptionConfig(path);
}

describe('is refused where Secrets would be written in clear:', () => {
  const cases: { name: string; resources: unknown }[] = [
    { name: 'identity is the only provider', resources: [{ resources: ['secrets'], providers: [identity] }] },
    { name: 'Secrets are not listed', resources: [{ resources: ['configmaps'], providers: [aesgcm] }] },
    { name: 'there is no provider', resources: [{ resources: ['secrets'], providers: [] }] },
    { name: 'nothing is listed', resources: [] },
    { name: 'nothing is said', resources: undefined },
  ];
  for (const { name, resources } of cases)
    test(name, () => {
      expect(() => load(resources)).toThrow(EncryptionConfigError);
      expect(() => load(resources)).toThrow('config.yaml: Secrets would be stored in clear');
    });
});

test('serves where Secrets are encrypted, by name or with all else', () => {
  for (const resources of [['secrets'], ['configmaps', 'secrets'], ['*.*']])
    expect(load([{ resources, providers: [aesgcm, identity] }])('secrets')).toBeDefined();
});

test('is made where there is none', () => {
  expect(loadEncryptionConfig(join(directory, 'fresh.yaml'))('secrets')).toBeDefined();
});
