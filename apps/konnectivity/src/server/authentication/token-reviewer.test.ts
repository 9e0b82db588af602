import { expect, test } from 'bun:test';
import { answer, eventually, TestServer } from '@hawser/client/testing';
import { AgentRefusedError } from '../../link/agent-connection.ts';
import { expiryOf, TokenReviewer } from './token-reviewer.ts';

const account = { agentNamespace: 'kube-system', agentServiceAccount: 'konnectivity-agent' };

test('asks the API server about so many tokens at once, and no more but those of agents that are connected', async () => {
  const waiting: (() => void)[] = [];
  await using api = await TestServer.start(async (_request, response) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    answer(response, 201, { status: { authenticated: false } });
  });
  await using client = api.client();
  const reviewer = new TokenReviewer({ client, audience: 'a', ...account });
  const codes = Array.from({ length: 70 }, () =>
    reviewer.review('made-up').catch((error: AgentRefusedError) => error.code),
  );
  expect(await Promise.all(codes.slice(64))).toEqual(Array(6).fill('Unavailable'));
  await eventually(() => waiting.length === 64);
  const known = reviewer.reviewAgain('revoked').catch((error: AgentRefusedError) => error.code);
  await eventually(() => waiting.length === 65);
  for (const go of waiting) go();
  expect(await known).toBe('Unauthenticated');
  expect(await Promise.all(codes.slice(0, 64))).toEqual(Array(64).fill('Unauthenticated'));
  const again = reviewer.review('made-up').catch((error: AgentRefusedError) => error.code);
  await eventually(() => waiting.length === 66);
  waiting[65]!();
  expect(await again).toBe('Unauthenticated');
});

test('a server that cannot be reached is no reason to believe a token, or not to', async () => {
  const api = await TestServer.start(() => {});
  await using client = api.client();
  await api[Symbol.asyncDispose]();
  const reviewer = new TokenReviewer({ client, audience: 'a', ...account });
  const error = await reviewer.review('x').catch((cause: AgentRefusedError) => cause);
  expect(error).toBeInstanceOf(AgentRefusedError);
  expect(error).toMatchObject({ code: 'Unavailable', message: 'the token cannot be checked now' });
});

test('a token says until when it is good', () => {
  const token = (claims: object) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;
  expect(expiryOf(token({ exp: 1_700_000_000 }))).toBe(1_700_000_000_000);
  for (const other of [token({}), token({ exp: 'soon' }), 'opaque', 'a.b.c', ''])
    expect(expiryOf(other)).toBe(Number.POSITIVE_INFINITY);
});
