import { expect, test } from 'bun:test';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Node, Pod, Secret, ServiceAccount } from '@hawser/api';
import { FakeClock } from '@hawser/runtime';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { StaticLister } from '../testing/static-lister.ts';
import { jsonWebKeySet, openIdConfiguration } from './openid.ts';
import { ServiceAccountTokenAuthenticator } from './service-account-token-authenticator.ts';
import { ServiceAccountTokenIssuer, type TokenOrder } from './service-account-token-issuer.ts';
import { type TokenVerificationKey, tokenSigningKey, tokenVerificationKey } from './token-key.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const START = '2026-01-01T00:00:00Z';
const ecKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const KEY = ecKey();
const RSA_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const object = <T>(kind: string, name: string, namespace: string | undefined, rest: object = {}) =>
  ({ apiVersion: 'v1', kind, metadata: { name, namespace, uid: `uid-${name}` }, ...rest }) as T;

function world(privateKey: KeyObject = KEY) {
  const clock = new FakeClock(START);
  const key = tokenSigningKey(privateKey);
  const listers = {
    serviceAccounts: new StaticLister([object<ServiceAccount>('ServiceAccount', 'robot', 'ns')]),
    pods: new StaticLister([object<Pod>('Pod', 'pod', 'ns')]),
    secrets: new StaticLister([object<Secret>('Secret', 'secret', 'ns')]),
    nodes: new StaticLister([object<Node>('Node', 'node', undefined)]),
  };
  const keys: TokenVerificationKey[] = [key];
  const options = { keys: () => keys, issuers: [ISSUER], audiences: [ISSUER], clock, ...listers };
  return {
    clock,
    key,
    ...listers,
    issuer: new ServiceAccountTokenIssuer({ issuer: ISSUER, key: () => key, clock }),
    authenticator: new ServiceAccountTokenAuthenticator(options),
    with: (changes: Partial<typeof options & { cacheSize: number }>) =>
      new ServiceAccountTokenAuthenticator({ ...options, ...changes }),
  };
}

const reference = (name: string) => ({ name, uid: `uid-${name}` });
const order = (changes: Partial<TokenOrder> = {}): TokenOrder => ({
  namespace: 'ns',
  serviceAccount: reference('robot'),
  audiences: [ISSUER],
  expirationSeconds: 3600,
  ...changes,
});

test('a token made is a token known', () => {
  const { issuer, authenticator } = world();
  const { token, credentialId, expirationTimestamp } = issuer.issue(order());
  expect(expirationTimestamp).toEqual(new Date('2026-01-01T01:00:00Z'));
  expect(authenticator.authenticateToken(token)).toEqual({
    ok: true,
    identity: {
      name: 'system:serviceaccount:ns:robot',
      uid: 'uid-robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [credentialId] },
    },
    audiences: [ISSUER],
  });
});

test("a pod's token says which pod and node", () => {
  const { issuer, authenticator } = world();
  const { token } = issuer.issue(order({ pod: reference('pod'), node: reference('node') }));
  expect(authenticator.authenticateToken(token)).toMatchObject({
    identity: {
      extra: {
        'authentication.kubernetes.io/pod-name': ['pod'],
        'authentication.kubernetes.io/pod-uid': ['uid-pod'],
        'authentication.kubernetes.io/node-name': ['node'],
        'authentication.kubernetes.io/node-uid': ['uid-node'],
      },
    },
  });
});

test('has the header and claims of upstream', () => {
  const { issuer, key } = world();
  const { token } = issuer.issue(
    order({ pod: reference('pod'), node: reference('node'), warnAfterSeconds: 7 }),
  );
  const issued = Date.parse(START) / 1000;
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', kid: key.keyId });
  expect(decodeJwt(token)).toEqual({
    aud: [ISSUER],
    exp: issued + 3600,
    iat: issued,
    iss: ISSUER,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    'kubernetes.io': {
      namespace: 'ns',
      node: reference('node'),
      pod: reference('pod'),
      serviceaccount: reference('robot'),
      warnafter: issued + 7,
    },
    nbf: issued,
    sub: 'system:serviceaccount:ns:robot',
  });
});

for (const [name, privateKey] of [['ECDSA', KEY] as const, ['RSA', RSA_KEY] as const])
  test(`jose verifies ${name} tokens with the published key set`, async () => {
    const { issuer, key } = world(privateKey);
    const { token } = issuer.issue(order());
    const keySet = createLocalJWKSet(jsonWebKeySet([key]));
    const { payload } = await jwtVerify(token, keySet, { issuer: ISSUER, currentDate: new Date(START) });
    expect(payload.sub).toBe('system:serviceaccount:ns:robot');
  });

test('the discovery document names issuer, keys and algorithms', () => {
  const keys = [tokenSigningKey(RSA_KEY), tokenSigningKey(KEY), tokenSigningKey(ecKey())];
  expect(openIdConfiguration({ issuer: ISSUER, jwksUri: `${ISSUER}/openid/v1/jwks`, keys })).toEqual({
    issuer: ISSUER,
    jwks_uri: `${ISSUER}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256', 'RS256'],
  });
  expect(Object.keys(jsonWebKeySet(keys).keys[0]!)).not.toContain('d');
});

test('an older key goes on being trusted', () => {
  const old = world();
  const { token } = old.issuer.issue(order());
  const keys = [tokenSigningKey(RSA_KEY), tokenVerificationKey(old.key.publicKey)];
  expect(old.with({ keys: () => keys }).authenticateToken(token)).toMatchObject({ ok: true });
  expect(old.with({ keys: () => keys.slice(0, 1) }).authenticateToken(token)).toMatchObject({ ok: false });
});

const times: { name: string; after: number; ok: boolean }[] = [
  { name: 'holds to its end', after: 3600, ok: true },
  { name: 'holds a minute longer, for clocks that differ', after: 3660, ok: true },
  { name: 'expires', after: 3661, ok: false },
  { name: 'holds a minute early', after: -60, ok: true },
  { name: 'does not hold before', after: -61, ok: false },
];
for (const { name, after, ok } of times)
  test(`a token ${name}`, () => {
    const { issuer, authenticator, clock } = world();
    const { token } = issuer.issue(order());
    clock.advance(after * 1000);
    expect(authenticator.authenticateToken(token)?.ok).toBe(ok);
  });

test('a remembered token expires all the same', () => {
  const { issuer, authenticator, clock } = world();
  const { token } = issuer.issue(order());
  expect(authenticator.authenticateToken(token)?.ok).toBe(true);
  clock.advance(3_700_000);
  expect(authenticator.authenticateToken(token)?.ok).toBe(false);
});

test('is good for the audiences it was made for alone', () => {
  const { issuer, authenticator } = world();
  const { token } = issuer.issue(order({ audiences: ['vault', 'other'] }));
  expect(authenticator.authenticateToken(token)).toMatchObject({ ok: false });
  expect(authenticator.authenticateToken(token, ['vault', 'x'])).toMatchObject({
    ok: true,
    audiences: ['vault'],
  });
});

const binding: TokenOrder = order({ pod: reference('pod'), secret: undefined });
const bound: {
  name: string;
  order: TokenOrder;
  change: (w: ReturnType<typeof world>) => void;
  ok: boolean;
}[] = [
  {
    name: 'the account deleted',
    order: order(),
    change: (w) => w.serviceAccounts.delete('ns', 'robot'),
    ok: false,
  },
  {
    name: 'the account made anew',
    order: order(),
    change: (w) =>
      w.serviceAccounts.put({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'robot', namespace: 'ns', uid: 'other' },
      }),
    ok: false,
  },
  { name: 'the pod deleted', order: binding, change: (w) => w.pods.delete('ns', 'pod'), ok: false },
  {
    name: 'the pod asked to stop within the minute',
    order: binding,
    change: (w) => w.pods.put(stopping(w, '2025-12-31T23:59:00Z')),
    ok: true,
  },
  {
    name: 'the pod that should have stopped over a minute ago',
    order: binding,
    change: (w) => w.pods.put(stopping(w, '2025-12-31T23:58:59Z')),
    ok: false,
  },
  {
    name: 'the Secret deleted',
    order: order({ secret: reference('secret') }),
    change: (w) => w.secrets.delete('ns', 'secret'),
    ok: false,
  },
  {
    name: 'the node deleted',
    order: order({ node: reference('node') }),
    change: (w) => w.nodes.delete('', 'node'),
    ok: false,
  },
  {
    name: "a pod's node deleted",
    order: order({ pod: reference('pod'), node: reference('node') }),
    change: (w) => w.nodes.delete('', 'node'),
    ok: true,
  },
];
for (const { name, order: wanted, change, ok } of bound)
  test(`with ${name} a token is ${ok ? 'still good' : 'void at once, though remembered'}`, () => {
    const it = world();
    const { token } = it.issuer.issue(wanted);
    expect(it.authenticator.authenticateToken(token)?.ok).toBe(true);
    change(it);
    expect(it.authenticator.authenticateToken(token)?.ok).toBe(ok);
  });

function stopping(w: ReturnType<typeof world>, deletionTimestamp: string): Pod {
  const pod = w.pods.get('ns', 'pod')!;
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp } };
}

test('use after the warning time is noted for the audit log', () => {
  const { issuer, authenticator, clock } = world();
  const { token } = issuer.issue(order({ warnAfterSeconds: 100 }));
  expect(authenticator.authenticateToken(token)).not.toHaveProperty('auditAnnotations');
  clock.advance(130_000);
  expect(authenticator.authenticateToken(token)).toMatchObject({
    auditAnnotations: {
      'authentication.k8s.io/stale-token':
        'subject: system:serviceaccount:ns:robot, seconds after warning threshold: 30',
    },
  });
});

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const forged: {
  name: string;
  forge: (token: string, w: ReturnType<typeof world>) => string | Promise<string>;
}[] = [
  {
    name: 'no signature',
    forge: (token) => `${part({ alg: 'none' })}.${token.split('.')[1]}.AA`,
  },
  {
    name: 'an HMAC under the public key',
    forge: (token, { key }) =>
      new SignJWT(decodeJwt(token))
        .setProtectedHeader({ alg: 'HS256', kid: key.keyId })
        .sign(key.publicKey.export({ type: 'spki', format: 'der' })),
  },
  {
    name: "a stranger's key",
    forge: (token) => new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'ES256' }).sign(ecKey()),
  },
  {
    name: "a stranger's key under our key's name",
    forge: (token, { key }) =>
      new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'ES256', kid: key.keyId }).sign(ecKey()),
  },
  {
    name: 'our key under an unknown name',
    forge: (token, { key }) =>
      new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'ES256', kid: 'x' }).sign(key.privateKey),
  },
  {
    name: 'other claims under the signature',
    forge: (token) => {
      const [head, , tail] = token.split('.');
      return `${head}.${part({ ...decodeJwt(token), sub: 'system:serviceaccount:kube-system:admin' })}.${tail}`;
    },
  },
  {
    name: 'an extension that must be understood',
    forge: (token, { key }) =>
      new SignJWT(decodeJwt(token))
        .setProtectedHeader({ alg: 'ES256', crit: ['b64'], b64: true })
        .sign(key.privateKey),
  },
  {
    name: 'another subject than the account',
    forge: (token, { key }) =>
      new SignJWT({ ...decodeJwt(token), sub: 'system:serviceaccount:ns:other' })
        .setProtectedHeader({ alg: 'ES256' })
        .sign(key.privateKey),
  },
  {
    name: 'no claims about an account',
    forge: (token, { key }) =>
      new SignJWT({ ...decodeJwt(token), 'kubernetes.io': undefined })
        .setProtectedHeader({ alg: 'ES256' })
        .sign(key.privateKey),
  },
  {
    name: 'no end',
    forge: (token, { key }) =>
      new SignJWT({ ...decodeJwt(token), exp: undefined })
        .setProtectedHeader({ alg: 'ES256' })
        .sign(key.privateKey),
  },
];
for (const { name, forge } of forged)
  test(`refuses a token with ${name}`, async () => {
    const it = world();
    const token = await forge(it.issuer.issue(order()).token, it);
    expect(it.authenticator.authenticateToken(token)).toMatchObject({ ok: false });
  });

test('accepts a token of its key that names no key', async () => {
  const it = world();
  const { token } = it.issuer.issue(order());
  const nameless = await new SignJWT(decodeJwt(token))
    .setProtectedHeader({ alg: 'ES256' })
    .sign(it.key.privateKey);
  expect(it.authenticator.authenticateToken(nameless)).toMatchObject({ ok: true });
});

test('leaves other issuers and other formats to others', () => {
  const { authenticator, key, clock } = world();
  const other = new ServiceAccountTokenIssuer({ issuer: 'https://elsewhere', key: () => key, clock });
  for (const token of [other.issue(order()).token, '', 'a.b', 'a.b.c', 'abcdef.0123456789abcdef', '..'])
    expect(authenticator.authenticateToken(token)).toBeUndefined();
});

test('remembers no more tokens than it may, and forgets no right', () => {
  const it = world();
  const authenticator = it.with({ cacheSize: 2 });
  const tokens = [1, 2, 3].map(() => it.issuer.issue(order()).token);
  for (const token of [...tokens, ...tokens]) expect(authenticator.authenticateToken(token)?.ok).toBe(true);
});
