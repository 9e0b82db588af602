import { expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import { readTokenKeys, type TokenVerificationKey } from '@hawser/authn';
import { silentLogger } from '@hawser/observability';
import { openIdMetadata } from './open-id-metadata.ts';

const keysOf = () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return readTokenKeys(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, []).verification;
};

function metadata(issuer: string, changes: { jwksUri?: string; address?: string } = {}) {
  let keys: readonly TokenVerificationKey[] = keysOf();
  const documents = openIdMetadata({
    issuer,
    jwksUri: changes.jwksUri,
    externalAddress: () => changes.address,
    keys: () => keys,
    logger: silentLogger,
  });
  const rotate = () => {
    keys = keysOf();
  };
  return { documents, rotate };
}

const uriOf = (documents: ReturnType<typeof metadata>['documents']) =>
  JSON.parse(documents()?.configuration ?? 'null')?.jwks_uri;

test.each([
  {
    name: 'what the flag says',
    given: { jwksUri: 'https://keys/jwks', address: '10.0.0.1:6443' },
    uri: 'https://keys/jwks',
  },
  {
    name: "the hub's address",
    given: { address: '10.0.0.1:6443' },
    uri: 'https://10.0.0.1:6443/openid/v1/jwks',
  },
  { name: 'a place below the issuer', given: {}, uri: 'https://issuer/openid/v1/jwks' },
])('the keys are at $name', ({ given, uri }) => {
  expect(uriOf(metadata('https://issuer', given).documents)).toBe(uri);
});

test.each(['http://issuer', 'kubernetes/own', 'https://issuer?a=b', 'https://issuer#a'])(
  'an issuer that OpenID Connect does not allow has no documents: %s',
  (issuer) => expect(metadata(issuer).documents()).toBeUndefined(),
);

test('keys at a place without TLS are not told', () => {
  expect(metadata('https://issuer', { jwksUri: 'http://keys/jwks' }).documents()).toBeUndefined();
});

test('new keys are in new documents', () => {
  const { documents, rotate } = metadata('https://issuer');
  const before = documents();
  expect(documents()).toBe(before as never);
  rotate();
  expect(documents()?.keySet).not.toBe(before?.keySet as string);
});
