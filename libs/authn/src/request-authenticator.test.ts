import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { type Authentication, rejected, type TokenAuthenticator } from './authentication.ts';
import { RequestAuthenticator, type RequestCredentials } from './request-authenticator.ts';
import { UnionTokenAuthenticator } from './union-token-authenticator.ts';
import { type PeerCertificate, X509Authenticator } from './x509-authenticator.ts';

const named = (name: string): Authentication => ({ ok: true, identity: { name, groups: [], extra: {} } });
const accepting = (good: string, name: string): TokenAuthenticator => ({
  authenticateToken: (token) => (token === good ? named(name) : undefined),
});
const peer = (outcome: Authentication | undefined): PeerCertificate => ({
  notBeforeMs: 0,
  notAfterMs: Number.POSITIVE_INFINITY,
  outcome,
});

const tokens = new UnionTokenAuthenticator([
  { authenticateToken: (token) => (token === 'stale' ? rejected('stale') : undefined) },
  accepting('good', 'token-user'),
]);
const authenticator = (anonymous: boolean) =>
  new RequestAuthenticator({ x509: new X509Authenticator({ clock: new FakeClock() }), tokens, anonymous });
const PROTOCOL = `v5.channel.k8s.io,base64url.bearer.authorization.k8s.io.${Buffer.from('good').toString('base64url')}`;

const cases: { name: string; request: RequestCredentials; user: string | 401 }[] = [
  { name: 'nothing at all is anonymous', request: {}, user: 'system:anonymous' },
  { name: 'a certificate', request: { peerCertificate: peer(named('cert-user')) }, user: 'cert-user' },
  { name: 'a token', request: { authorizationHeader: 'Bearer good' }, user: 'token-user' },
  {
    name: 'a certificate before a token',
    request: { peerCertificate: peer(named('cert-user')), authorizationHeader: 'Bearer good' },
    user: 'cert-user',
  },
  {
    name: 'a good certificate whatever the token',
    request: { peerCertificate: peer(named('cert-user')), authorizationHeader: 'Bearer stale' },
    user: 'cert-user',
  },
  {
    name: 'a good token beside a bad certificate',
    request: { peerCertificate: peer(rejected('bad')), authorizationHeader: 'Bearer good' },
    user: 'token-user',
  },
  { name: 'a bad certificate alone', request: { peerCertificate: peer(rejected('bad')) }, user: 401 },
  {
    name: 'a certificate without a name',
    request: { peerCertificate: peer(undefined) },
    user: 'system:anonymous',
  },
  { name: 'a stale token', request: { authorizationHeader: 'Bearer stale' }, user: 401 },
  { name: 'a token nobody knows', request: { authorizationHeader: 'Bearer what' }, user: 401 },
  {
    name: 'basic authentication is no credential',
    request: { authorizationHeader: 'Basic YTpi' },
    user: 'system:anonymous',
  },
  {
    name: 'a token among WebSocket protocols',
    request: { webSocketProtocols: PROTOCOL },
    user: 'token-user',
  },
];
for (const { name, request, user } of cases)
  test(name, () => {
    const outcome = authenticator(true).authenticate(request);
    expect(outcome.ok ? outcome.identity.name : 401).toBe(user);
  });

test('hands on the WebSocket protocols without the token', () => {
  expect(authenticator(true).authenticate({ webSocketProtocols: PROTOCOL })).toMatchObject({
    webSocketProtocols: 'v5.channel.k8s.io',
  });
});

test('without anonymous requests, no credential is a 401', () => {
  expect(authenticator(false).authenticate({})).toMatchObject({ ok: false });
});
