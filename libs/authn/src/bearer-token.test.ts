import { expect, test } from 'bun:test';
import { bearerToken, webSocketToken } from './bearer-token.ts';

const headers: { header: string | undefined; token: string | undefined }[] = [
  { header: undefined, token: undefined },
  { header: '', token: undefined },
  { header: 'Bearer abc', token: 'abc' },
  { header: 'bearer abc', token: 'abc' },
  { header: '  BEARER abc  ', token: 'abc' },
  { header: 'Bearer abc def', token: 'abc' },
  { header: 'Bearer', token: undefined },
  { header: 'Bearer  abc', token: undefined },
  { header: 'Bearerabc', token: undefined },
  { header: 'Basic dXNlcjpwYXNz', token: undefined },
];
for (const { header, token } of headers)
  test(`Authorization ${JSON.stringify(header)}`, () => expect(bearerToken(header)).toBe(token));

const PREFIX = 'base64url.bearer.authorization.k8s.io.';
const encoded = Buffer.from('a.b.c').toString('base64url');

test('finds the token among WebSocket protocols and takes it out', () => {
  const protocols = `v5.channel.k8s.io, ${PREFIX}${encoded} , v4.channel.k8s.io`;
  expect(webSocketToken(protocols)).toEqual({
    token: 'a.b.c',
    protocols: 'v5.channel.k8s.io,v4.channel.k8s.io',
  });
});

const none = [undefined, '', 'v5.channel.k8s.io', `v5.channel.k8s.io,${PREFIX}`];
for (const protocols of none)
  test(`no token in ${protocols}`, () => expect(webSocketToken(protocols)).toBeUndefined());

const bad = [
  `${PREFIX}${encoded}`,
  `v5.channel.k8s.io,${PREFIX}${encoded},${PREFIX}${encoded}`,
  `v5.channel.k8s.io,${PREFIX}a=`,
  `v5.channel.k8s.io,${PREFIX}a`,
  `v5.channel.k8s.io,${PREFIX}${Buffer.from([0xff, 0xfe]).toString('base64url')}`,
];
for (const protocols of bad)
  test(`refuses ${protocols}`, () => expect(webSocketToken(protocols)).toMatchObject({ ok: false }));
