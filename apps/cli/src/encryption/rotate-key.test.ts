import { expect, test } from 'bun:test';
import { parse } from 'yaml';
import { withNewKey, withoutOldKeys } from './rotate-key.ts';

const secret = Buffer.alloc(32, 1).toString('base64');
const CONFIGURATION = `# kept
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets] # these
    providers:
      - aesgcm:
          keys:
            - { name: key1, secret: ${secret} }
      - identity: {}
`;

const providersIn = (text: string) => parse(text).resources[0].providers;

test('a new key comes first, the old ones stay, and so do comments', () => {
  const { text, label } = withNewKey(CONFIGURATION, 'secrets');
  expect(label).toBe('aesgcm:key2');
  const [{ aesgcm }, identity] = providersIn(text);
  expect(aesgcm.keys.map((key: { name: string }) => key.name)).toEqual(['key2', 'key1']);
  expect(Buffer.from(aesgcm.keys[0].secret, 'base64')).toHaveLength(32);
  expect(aesgcm.keys[0].secret).not.toBe(secret);
  expect(identity).toEqual({ identity: {} });
  expect(text).toContain('# kept');
  expect(text).toContain('# these');
});

test('a key of another provider gets a provider of its own, in front', () => {
  const { text } = withNewKey(CONFIGURATION, 'secrets', 'secretbox');
  expect(providersIn(text).map((provider: object) => Object.keys(provider)[0])).toEqual([
    'secretbox',
    'aesgcm',
    'identity',
  ]);
});

test('no name comes twice', () => {
  const labels = new Set<string>();
  let text = CONFIGURATION.replace('key1', 'key3');
  for (let i = 0; i < 4; i += 1) {
    const next = withNewKey(text, 'secrets');
    labels.add(next.label);
    text = next.text;
  }
  expect(labels.size).toBe(4);
  expect(labels).not.toContain('aesgcm:key3');
});

test('old keys go, across providers, and identity stays', () => {
  const twice = withNewKey(withNewKey(CONFIGURATION, 'secrets').text, 'secrets', 'secretbox').text;
  const { text, removed, writesWith } = withoutOldKeys(twice, 'secrets');
  expect(writesWith).toBe('secretbox:key3');
  expect(removed).toEqual(['aesgcm:key2', 'aesgcm:key1']);
  expect(providersIn(text).map((provider: object) => Object.keys(provider)[0])).toEqual([
    'secretbox',
    'identity',
  ]);
  expect(text).not.toContain(secret);
});

test('a name that was in use does not come again, though its key is gone', () => {
  const { text } = withoutOldKeys(withNewKey(CONFIGURATION, 'secrets').text, 'secrets');
  expect(withNewKey(text, 'secrets').label).toBe('aesgcm:key3');
});

test('what writes is said where that is no key', () => {
  const plain = CONFIGURATION.replace('- aesgcm:', '- identity: {}\n      - aesgcm:');
  expect(withoutOldKeys(plain, 'secrets')).toMatchObject({ removed: [], writesWith: 'identity' });
});

test('a resource that no rule is for is said', () => {
  expect(() => withNewKey(CONFIGURATION, 'configmaps')).toThrow('no rule of the file is for "configmaps"');
});
