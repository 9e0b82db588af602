import { expect, test } from 'bun:test';
import type { Secret } from '@hawser/api';
import { FakeClock } from '@hawser/runtime';
import { BootstrapTokenAuthenticator } from './bootstrap-token-authenticator.ts';
import { StaticLister } from './testing/static-lister.ts';

const ID = 'abcdef';
const SECRET = '0123456789abcdef';

interface Changes {
  data?: Record<string, string | undefined>;
  type?: string;
  metadata?: Partial<Secret['metadata']>;
}

function tokenSecret({ data, type = 'bootstrap.kubernetes.io/token', metadata }: Changes = {}): Secret {
  const values = {
    'token-id': ID,
    'token-secret': SECRET,
    'usage-bootstrap-authentication': 'true',
    ...data,
  };
  const encoded = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, Buffer.from(value).toString('base64')] as const],
  );
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `bootstrap-token-${ID}`, namespace: 'kube-system', ...metadata },
    type,
    data: Object.fromEntries(encoded),
  };
}

function authenticate(secret: Secret, token = `${ID}.${SECRET}`, audiences?: string[]) {
  const clock = new FakeClock('2026-01-01T00:00:00Z');
  const secrets = new StaticLister([secret]);
  return new BootstrapTokenAuthenticator({ secrets, audiences: ['api'], clock }).authenticateToken(
    token,
    audiences,
  );
}

test('a good token makes a bootstrapper', () => {
  expect(authenticate(tokenSecret())).toEqual({
    ok: true,
    identity: {
      name: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:authenticated'],
      extra: {},
    },
    audiences: ['api'],
  });
});

test('extra groups come sorted and once', () => {
  const data = {
    'auth-extra-groups': 'system:bootstrappers:z,system:bootstrappers:a,system:bootstrappers:z',
  };
  expect(authenticate(tokenSecret({ data }))).toMatchObject({
    identity: {
      groups: [
        'system:bootstrappers',
        'system:bootstrappers:a',
        'system:bootstrappers:z',
        'system:authenticated',
      ],
    },
  });
});

test('a token is good until its expiration', () => {
  expect(authenticate(tokenSecret({ data: { expiration: '2026-01-01T00:00:01Z' } }))).toMatchObject({
    ok: true,
  });
});

const refusals: { name: string; changes: Changes; says: string }[] = [
  { name: 'another secret', changes: { data: { 'token-secret': 'f'.repeat(16) } }, says: 'token-secret' },
  { name: 'a shorter secret', changes: { data: { 'token-secret': '0' } }, says: 'token-secret' },
  { name: 'no secret at all', changes: { data: { 'token-secret': undefined } }, says: 'token-secret' },
  { name: "another token's id", changes: { data: { 'token-id': 'ghijkl' } }, says: 'token-id' },
  { name: 'another type', changes: { type: 'Opaque' }, says: 'type' },
  { name: 'a Secret being deleted', changes: { metadata: { deletionTimestamp: 'now' } }, says: 'deleted' },
  {
    name: 'an expiration that has come',
    changes: { data: { expiration: '2026-01-01T00:00:00Z' } },
    says: 'expired',
  },
  { name: 'an unreadable expiration', changes: { data: { expiration: 'tomorrow' } }, says: 'expired' },
  {
    name: 'a token for other uses',
    changes: { data: { 'usage-bootstrap-authentication': undefined, 'usage-bootstrap-signing': 'true' } },
    says: 'authentication',
  },
  {
    name: 'usage spelt otherwise',
    changes: { data: { 'usage-bootstrap-authentication': 'True' } },
    says: 'authentication',
  },
  {
    name: 'a group outside system:bootstrappers',
    changes: { data: { 'auth-extra-groups': 'system:bootstrappers:a,system:masters' } },
    says: 'auth-extra-groups',
  },
  {
    name: 'a space before a group',
    changes: { data: { 'auth-extra-groups': 'system:bootstrappers:a, system:bootstrappers:b' } },
    says: 'auth-extra-groups',
  },
];
for (const { name, changes, says } of refusals)
  test(`refuses ${name}`, () => {
    expect(authenticate(tokenSecret(changes))).toMatchObject({
      ok: false,
      reason: expect.stringContaining(says),
    });
  });

test('refuses a token whose Secret does not exist', () => {
  expect(authenticate(tokenSecret(), `zzzzzz.${SECRET}`)).toMatchObject({ ok: false });
});

test('refuses a token for other audiences than the API server', () => {
  expect(authenticate(tokenSecret(), undefined, ['other'])).toMatchObject({ ok: false });
});

const foreign = ['', 'abcdef', 'ABCDEF.0123456789abcdef', `${ID}.${SECRET}\n`, `${ID}.${SECRET}0`, 'a.b.c'];
for (const token of foreign)
  test(`leaves ${JSON.stringify(token)} to others`, () => {
    expect(authenticate(tokenSecret(), token)).toBeUndefined();
  });
