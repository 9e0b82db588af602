import { describe, expect, test } from 'bun:test';
import { formatToken, generateToken, parseToken, parseTokenId } from './bootstrap-token.ts';
import { printTokens } from './print-tokens.ts';
import { createTokenSecret, readTokenSecret } from './token-secret.ts';

const token = { id: 'abcdef', secret: '0123456789abcdef' };
const decode = (data: Record<string, string> = {}) =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );

test('random tokens are of the form that upstream takes, and differ', () => {
  const texts = Array.from({ length: 50 }, () => formatToken(generateToken()));
  for (const text of texts) expect(text).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
  expect(new Set(texts).size).toBe(50);
});

test('a token is told apart from its id', () => {
  expect(parseToken('abcdef.0123456789abcdef')).toEqual(token);
  expect(parseTokenId('abcdef.0123456789abcdef')).toBe('abcdef');
  expect(parseTokenId('abcdef')).toBe('abcdef');
});

test.each(['', 'abcdef', 'ABCDEF.0123456789abcdef', 'abcdef.0123456789abcde', ' abcdef.0123456789abcdef'])(
  'refuses %p without repeating it',
  (text) => {
    expect(() => parseToken(text)).toThrow('the token is not of the form [a-z0-9]{6}.[a-z0-9]{16}');
  },
);

describe('the Secret of a token', () => {
  const expiration = new Date('2026-01-02T03:04:05.678Z');
  test('has the keys that upstream reads', () => {
    const secret = createTokenSecret(token, {
      usages: ['authentication'],
      groups: ['system:bootstrappers:edge'],
      description: 'for edge',
      expiration,
    });
    expect(secret).toMatchObject({
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
    });
    expect(decode(secret.data)).toEqual({
      'token-id': 'abcdef',
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-authentication': 'true',
      'auth-extra-groups': 'system:bootstrappers:edge',
      description: 'for edge',
      expiration: '2026-01-02T03:04:05Z',
    });
  });
  test('reads back; what is wrong with others is said', () => {
    const secret = createTokenSecret(token, { usages: ['signing', 'authentication'], groups: [] });
    expect(readTokenSecret(secret)).toMatchObject({
      token,
      terms: { usages: ['signing', 'authentication'], groups: [] },
    });
    const expiration = Buffer.from('tomorrow').toString('base64');
    const faulty = [
      { ...secret, data: {} },
      { ...secret, metadata: { ...secret.metadata, name: 'bootstrap-token-zzzzzz' } },
      { ...secret, data: { ...secret.data, expiration } },
    ];
    for (const each of faulty) expect(readTokenSecret(each)).toEqual({ fault: expect.any(String) });
  });
  test('is refused for groups outside system:bootstrappers and for unknown usages', () => {
    const usages = ['authentication'];
    const anyLength = `system:bootstrappers:${'a'.repeat(257)}`;
    for (const group of ['system:masters', 'system:bootstrappers:', 'system:bootstrappers:A', anyLength])
      expect(() => createTokenSecret(token, { usages, groups: [group] })).toThrow(group);
    const groups = ['system:bootstrappers:x'];
    expect(() => createTokenSecret(token, { usages: ['signing'], groups })).toThrow('authentication');
    expect(() => createTokenSecret(token, { usages: ['sign'], groups: [] })).toThrow('sign is none of');
  });
});

test('the list has kubeadm’s columns', () => {
  const secrets = [
    createTokenSecret(token, {
      usages: ['signing'],
      groups: [],
      expiration: new Date('2026-01-01T01:30:00Z'),
    }),
    createTokenSecret(
      { ...token, id: 'zzzzzz' },
      { usages: ['authentication'], groups: ['system:bootstrappers:x'], description: 'd' },
    ),
  ];
  expect(printTokens(secrets, new Date('2026-01-01T00:00:00Z')).split('\n')).toEqual([
    'TOKEN                     TTL         EXPIRES                USAGES           DESCRIPTION   EXTRA GROUPS',
    'abcdef.0123456789abcdef   1h          2026-01-01T01:30:00Z   signing          <none>        <none>',
    'zzzzzz.0123456789abcdef   <forever>   <never>                authentication   d             system:bootstrappers:x',
    '',
  ]);
});
