import { expect, test } from 'bun:test';
import { staticCredentials } from '@hawser/client';
import { answer, refusal, TestServer } from '@hawser/client/testing';
import { FakeClock } from '@hawser/runtime';
import { ServiceAccountCredentials } from './service-account-credentials.ts';

/** A server that knows a service account once it has been created, and counts the tokens it gives. */
async function tokenServer(clock: FakeClock) {
  const state = { exists: false, tokens: 0, away: false };
  const server = await TestServer.start((request, response) => {
    if (state.away) return answer(response, 500, refusal(500, 'InternalError'));
    if (request.url === '/api/v1/namespaces/kube-system/serviceaccounts') {
      state.exists = true;
      return answer(response, 201, JSON.parse(request.body));
    }
    if (!state.exists) return answer(response, 404, refusal(404, 'NotFound'));
    state.tokens += 1;
    const { spec } = JSON.parse(request.body);
    const expirationTimestamp = new Date(clock.now().getTime() + spec.expirationSeconds * 1000).toISOString();
    answer(response, 201, { status: { token: `token-${state.tokens}`, expirationTimestamp } });
  });
  const baseCredentials = staticCredentials({
    ca: server.authority.certificate,
    ...server.authority.issue('cm'),
  });
  const base = server.client({ clock });
  const options = { base, baseCredentials, namespace: 'kube-system', name: 'node-controller', clock };
  return { server, state, credentials: new ServiceAccountCredentials(options) };
}

test('makes the account, gets a token, and keeps it until four fifths of its life are over', async () => {
  const clock = new FakeClock();
  const { server, state, credentials } = await tokenServer(clock);
  await using _ = server;
  expect(await credentials.token()).toBe('token-1');
  expect(await credentials.token()).toBe('token-1');
  clock.advance(2_879_000);
  expect(await credentials.token()).toBe('token-1');
  clock.advance(1_000);
  expect(await Promise.all([credentials.token(), credentials.token()])).toEqual(['token-2', 'token-2']);
  expect(state.tokens).toBe(2);
});

test('goes on with its token while the server gives no new one, until it expires', async () => {
  const clock = new FakeClock();
  const { server, state, credentials } = await tokenServer(clock);
  await using _ = server;
  await credentials.token();
  state.away = true;
  clock.advance(3_500_000);
  expect(await credentials.token()).toBe('token-1');
  clock.advance(100_000);
  expect(await credentials.token().catch((error) => error.code)).toBe(500);
});

test('gets a new token after the server refused the old one', async () => {
  const clock = new FakeClock();
  const { server, credentials } = await tokenServer(clock);
  await using _ = server;
  await credentials.token();
  credentials.reload();
  expect(await credentials.token()).toBe('token-2');
});

test('shares the trust, not the certificate, of the base identity', async () => {
  const { server, credentials } = await tokenServer(new FakeClock());
  await using _ = server;
  expect(credentials.tls()).toEqual({ ca: server.authority.certificate });
  expect(credentials.tls()).toBe(credentials.tls());
});
