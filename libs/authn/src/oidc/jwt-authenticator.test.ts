import { describe, expect, test } from 'bun:test';
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { FakeClock } from '@hawser/runtime';
import { type JWTPayload, SignJWT } from 'jose';
import { claimsExpression, userExpression } from './cel-expression.ts';
import { readKeySet } from './json-web-key.ts';
import { JwtAuthenticator } from './jwt-authenticator.ts';
import type { JwtRules } from './jwt-rules.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from './signing-algorithms.ts';

const ISSUER = 'https://issuer.example';
const pairs = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
};
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const clock = new FakeClock();
const now = Math.floor(clock.now().getTime() / 1000);
const GOOD = { iss: ISSUER, aud: 'kubernetes', sub: 'alice', exp: now + 600 };

const jwkOf = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), ...more });
const keySet = Object.entries(pairs).map(([kid, { publicKey }]) => jwkOf(publicKey, { kid }));

const plainly: JwtRules = {
  username: { claim: 'sub', prefix: '' },
  groups: { claim: 'groups', prefix: 'oidc:' },
  extra: [],
  requiredClaims: new Map(),
  claimRules: [],
  userRules: [],
};

function authenticator(rules: Partial<JwtRules> = {}, options: object = {}) {
  return new JwtAuthenticator({
    issuer: ISSUER,
    audiences: ['kubernetes', 'other'],
    algorithms: SIGNING_ALGORITHMS,
    keys: { current: readKeySet({ keys: keySet }), refresh: () => undefined },
    rules: { ...plainly, ...rules },
    apiAudiences: ['https://hub'],
    clock,
    ...options,
  });
}

function keyFor(algorithm: string): { kid: string; key: KeyObject } {
  const kid = { ES256: 'p256', ES384: 'p384', ES512: 'p521' }[algorithm] ?? 'rsa';
  return { kid, key: pairs[kid as keyof typeof pairs].privateKey };
}

function signed(claims: object, alg = 'RS256', header: object = {}, key = keyFor(alg).key): Promise<string> {
  return new SignJWT(claims as JWTPayload)
    .setProtectedHeader({ alg, kid: keyFor(alg).kid, ...header })
    .sign(key);
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('takes what the issuer signed', () => {
  for (const algorithm of SIGNING_ALGORITHMS)
    test(`with ${algorithm}`, async () => {
      const outcome = authenticator().authenticateToken(await signed(GOOD, algorithm));
      expect(outcome).toMatchObject({ ok: true, identity: { name: 'alice' }, audiences: ['https://hub'] });
    });

  test('with the claims that are asked for', async () => {
    const token = await signed({ ...GOOD, groups: ['a', 'b'], jti: 'one' });
    expect(authenticator().authenticateToken(token)).toMatchObject({
      ok: true,
      identity: {
        name: 'alice',
        groups: ['oidc:a', 'oidc:b', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': ['JTI=one'] },
      },
    });
  });

  test('for one of several audiences, and without a key’s name', async () => {
    const token = await signed({ ...GOOD, aud: ['x', 'other'] }, 'RS256', { kid: undefined });
    expect(authenticator().authenticateToken(token)).toMatchObject({ ok: true });
  });

  test('leaves what others signed to others', async () => {
    for (const token of [await signed({ ...GOOD, iss: 'https://another.example' }), 'abc', 'a.b.c', ''])
      expect(authenticator().authenticateToken(token)).toBeUndefined();
  });
});

describe('refuses', () => {
  const publicPem = pairs.rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const hmac = (header: object, secret: string | Buffer) => {
    const part = `${encoded(header)}.${encoded(GOOD)}`;
    return `${part}.${createHmac('sha256', secret).update(part).digest('base64url')}`;
  };
  const attacks: { name: string; token: () => string | Promise<string>; why: string }[] = [
    {
      name: 'no signature (none)',
      token: () => `${encoded({ alg: 'none' })}.${encoded(GOOD)}.AA`,
      why: 'unsupported algorithm',
    },
    {
      name: 'None in capitals',
      token: () => `${encoded({ alg: 'NONE', kid: 'rsa' })}.${encoded(GOOD)}.AA`,
      why: 'unsupported algorithm',
    },
    {
      name: 'an HMAC under the public key',
      token: () => hmac({ alg: 'HS256', kid: 'rsa' }, publicPem),
      why: 'unsupported algorithm',
    },
    {
      name: 'an HMAC that says RS256',
      token: () => hmac({ alg: 'RS256', kid: 'rsa' }, publicPem),
      why: 'failed to verify signature',
    },
    { name: 'an HMAC under nothing', token: () => hmac({ alg: 'HS256' }, ''), why: 'unsupported algorithm' },
    {
      name: "a stranger's key",
      token: () => signed(GOOD, 'RS256', {}, stranger.privateKey),
      why: 'failed to verify signature',
    },
    {
      name: 'a key that nobody knows',
      token: () => signed(GOOD, 'RS256', { kid: 'new' }),
      why: 'failed to verify signature',
    },
    {
      name: 'a key that came along in the header',
      token: () =>
        signed(
          GOOD,
          'RS256',
          { jwk: stranger.publicKey.export({ format: 'jwk' }), kid: undefined },
          stranger.privateKey,
        ),
      why: 'failed to verify signature',
    },
    {
      name: 'a place of keys in the header',
      token: () => signed(GOOD, 'RS256', { jku: 'https://evil.example/jwks' }, stranger.privateKey),
      why: 'failed to verify signature',
    },
    {
      name: 'the name of a key of another kind',
      token: () => signed(GOOD, 'RS256', { kid: 'p256' }),
      why: 'failed to verify signature',
    },
    {
      name: 'what must be understood',
      token: () =>
        signed(GOOD).then((token) =>
          token.replace(/^[^.]+/, encoded({ alg: 'RS256', kid: 'rsa', crit: ['x'], x: 1 })),
        ),
      why: 'critical extensions',
    },
    {
      name: 'claims that were changed',
      token: async () => {
        const [head, , tail] = (await signed(GOOD)).split('.');
        return `${head}.${encoded({ ...GOOD, sub: 'root' })}.${tail}`;
      },
      why: 'failed to verify signature',
    },
    {
      name: 'another audience',
      token: () => signed({ ...GOOD, aud: 'kubernete' }),
      why: 'for another audience',
    },
    { name: 'no audience', token: () => signed({ ...GOOD, aud: undefined }), why: 'for another audience' },
    { name: 'one that has expired', token: () => signed({ ...GOOD, exp: now }), why: 'token is expired' },
    {
      name: 'one that never expires',
      token: () => signed({ ...GOOD, exp: undefined }),
      why: 'token is expired',
    },
    { name: 'one from the future', token: () => signed({ ...GOOD, nbf: now + 301 }), why: 'before the nbf' },
    {
      name: 'a subject that is no text',
      token: () => signed({ ...GOOD, sub: ['alice'] as never }),
      why: 'username claims "sub"',
    },
    { name: 'an empty subject', token: () => signed({ ...GOOD, sub: '' }), why: 'is empty' },
    { name: 'no subject', token: () => signed({ ...GOOD, sub: undefined }), why: 'claim not present' },
    {
      name: 'groups that are no texts',
      token: () => signed({ ...GOOD, groups: [{ a: 1 }] }),
      why: 'parse groups claim "groups"',
    },
    {
      name: 'groups that are elsewhere',
      token: () =>
        signed({ ...GOOD, _claim_names: { groups: 's' }, _claim_sources: { s: { endpoint: 'https://x' } } }),
      why: 'distributed claims: they are not supported',
    },
  ];
  for (const { name, token, why } of attacks)
    test(name, async () => {
      const outcome = authenticator().authenticateToken(await token());
      expect(outcome).toMatchObject({ ok: false });
      expect((outcome as { reason: string }).reason).toContain(why);
    });

  test('an algorithm that is not allowed, though the key is good for it', async () => {
    const strict = authenticator({}, { algorithms: ['RS256'] satisfies SigningAlgorithm[] });
    for (const algorithm of ['PS256', 'RS512', 'ES256'])
      expect(strict.authenticateToken(await signed(GOOD, algorithm))).toMatchObject({ ok: false });
  });

  test('an algorithm that the key is not for', async () => {
    const keys = [jwkOf(pairs.rsa.publicKey, { kid: 'rsa', alg: 'PS256' })];
    const strict = authenticator({}, { keys: { current: readKeySet({ keys }), refresh: () => undefined } });
    expect(strict.authenticateToken(await signed(GOOD, 'RS256'))).toMatchObject({ ok: false });
    expect(strict.authenticateToken(await signed(GOOD, 'PS256'))).toMatchObject({ ok: true });
  });

  test('everything while the keys are not known, and for audiences that are not the hub’s', async () => {
    const waiting = authenticator({}, { keys: { current: undefined, refresh: () => undefined } });
    expect(waiting.authenticateToken(await signed(GOOD))).toEqual({
      ok: false,
      reason: 'oidc: authenticator not initialized',
    });
    expect(authenticator().authenticateToken(await signed(GOOD), ['vault'])).toMatchObject({ ok: false });
  });

  test('small keys, symmetric ones and those for encryption, in a key set', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const keys = [
      jwkOf(small, { kid: 'small' }),
      { kty: 'oct', k: 'AAAA', kid: 'secret' },
      jwkOf(pairs.rsa.publicKey, { kid: 'enc', use: 'enc' }),
      { kty: 'RSA', n: 5, kid: 'nonsense' },
      null,
      jwkOf(pairs.rsa.privateKey, { kid: 'private' }),
    ];
    const read = readKeySet({ keys });
    expect(read.map(({ keyId }) => keyId)).toEqual(['private']);
    expect(read[0]!.publicKey.type).toBe('public');
  });
});

describe('an address', () => {
  const email = { username: { claim: 'email', prefix: '' } };
  const cases: [verified: unknown, ok: boolean][] = [
    [true, true],
    [undefined, true],
    [false, false],
    ['true', false],
    [null, false],
  ];
  for (const [verified, ok] of cases)
    test(`with email_verified: ${verified} is ${ok ? '' : 'not '}taken`, async () => {
      const token = await signed({ ...GOOD, email: 'a@b', email_verified: verified });
      expect(authenticator(email).authenticateToken(token)).toMatchObject({ ok });
    });
});

describe('rules', () => {
  const required = { requiredClaims: new Map([['hd', 'example.com']]) };
  const cases: { name: string; rules: Partial<JwtRules>; claims: object; expected: object }[] = [
    {
      name: 'a required claim that is there',
      rules: required,
      claims: { hd: 'example.com' },
      expected: { ok: true },
    },
    {
      name: 'another value of it',
      rules: required,
      claims: { hd: 'evil.com' },
      expected: { ok: false, reason: 'oidc: required claim hd value does not match' },
    },
    {
      name: 'a required claim that is not there',
      rules: required,
      claims: {},
      expected: { ok: false, reason: 'oidc: required claim hd not present in ID token' },
    },
    {
      name: 'expressions over claims',
      rules: {
        username: claimsExpression('"x:" + claims.sub', 'text'),
        groups: claimsExpression('claims.roles.split(",").map(r, "r:" + r)', 'texts'),
        uid: claimsExpression('claims.?id.orValue("none")', 'text'),
        extra: [{ key: 'example.com/team', expression: claimsExpression('claims.team.name', 'texts') }],
      },
      claims: { roles: 'a,b', team: { name: 't' } },
      expected: {
        ok: true,
        identity: {
          name: 'x:alice',
          uid: 'none',
          groups: ['r:a', 'r:b', 'system:authenticated'],
          extra: { 'example.com/team': ['t'] },
        },
      },
    },
    {
      name: 'a rule that does not hold',
      rules: {
        claimRules: [
          { expression: claimsExpression('claims.exp - claims.iat <= 60', 'bool'), message: 'too long' },
        ],
      },
      claims: { iat: now },
      expected: {
        ok: false,
        reason: "oidc: validation expression 'claims.exp - claims.iat <= 60' failed: too long",
      },
    },
    {
      name: 'a rule about a claim that is not there',
      rules: { claimRules: [{ expression: claimsExpression('claims.hd == "x"', 'bool'), message: '' }] },
      claims: {},
      expected: { ok: false, reason: 'expression "claims.hd == \\"x\\"" resulted in error: No such key: hd' },
    },
    {
      name: 'a user that must not be',
      rules: {
        userRules: [
          { expression: userExpression("!user.username.startsWith('system:')"), message: 'reserved' },
        ],
      },
      claims: { sub: 'system:admin' },
      expected: { ok: false },
    },
    {
      name: 'groups that must not be',
      rules: {
        groups: { claim: 'groups', prefix: '' },
        userRules: [
          { expression: userExpression("user.groups.all(g, !g.startsWith('system:'))"), message: '' },
        ],
      },
      claims: { groups: ['system:masters'] },
      expected: { ok: false },
    },
    {
      name: 'a user as it should be',
      rules: {
        extra: [{ key: 'a.b/c', expression: claimsExpression('claims.sub', 'texts') }],
        userRules: [
          { expression: userExpression("user.extra['a.b/c'] == ['alice'] && user.uid == ''"), message: '' },
        ],
      },
      claims: {},
      expected: { ok: true },
    },
    {
      name: 'a name that is no text',
      rules: { username: claimsExpression('claims.n', 'text') },
      claims: { n: 5 },
      expected: { ok: false },
    },
  ];
  for (const { name, rules, claims, expected } of cases)
    test(name, async () => {
      expect(authenticator(rules).authenticateToken(await signed({ ...GOOD, ...claims }))).toMatchObject(
        expected,
      );
    });

  test('are refused that cannot be right', () => {
    for (const text of ['claims.sub ==', 'foo', '1', 'claims.sub.bogus()'])
      expect(() => claimsExpression(text, 'bool')).toThrow();
    expect(() => userExpression('user.nope == "a"')).toThrow('compilation failed');
    expect(() => userExpression('claims.sub == "a"')).toThrow('compilation failed');
  });
});

describe('a key that is not known', () => {
  test('is asked for once a token names it, and not for tokens that nothing would help', async () => {
    let asked = 0;
    const refresh = () => {
      asked += 1;
      return Promise.resolve();
    };
    const keys = { current: readKeySet({ keys: keySet }), refresh };
    const waiting = authenticator({}, { keys });
    expect(waiting.prepare(await signed(GOOD))).toBeUndefined();
    expect(
      waiting.prepare(await signed({ ...GOOD, iss: 'https://x' }, 'RS256', { kid: 'new' })),
    ).toBeUndefined();
    expect(waiting.prepare(`${encoded({ alg: 'HS256', kid: 'new' })}.${encoded(GOOD)}.AA`)).toBeUndefined();
    expect(asked).toBe(0);
    await waiting.prepare(await signed(GOOD, 'RS256', { kid: 'new' }));
    expect(asked).toBe(1);
  });

  test('is waited for no longer than five seconds', async () => {
    const keys = { current: readKeySet({ keys: keySet }), refresh: () => new Promise<void>(() => {}) };
    const patient = new FakeClock();
    const waiting = authenticator({}, { keys, clock: patient });
    let ready = false;
    const preparing = waiting.prepare(await signed(GOOD, 'RS256', { kid: 'new' }))!.then(() => {
      ready = true;
    });
    patient.advance(4_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ready).toBe(false);
    patient.advance(1);
    await preparing;
  });
});
