import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test';
import type { SubjectAccessReview } from '@hawser/api';
import { answer, TestServer } from '@hawser/client/testing';
import { FakeClock } from '@hawser/runtime';
import { Authorizer } from './authorizer.ts';
import { requestAttributes } from './request-attributes.ts';

let hub: TestServer;
let allowed: boolean;
let clock: FakeClock;
let authorizer: Authorizer;

beforeAll(async () => {
  hub = await TestServer.start((request, response) =>
    answer(response, 201, {
      ...(JSON.parse(request.body) as SubjectAccessReview),
      status: { allowed, reason: 'RBAC: because' },
    }),
  );
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(() => {
  clock = new FakeClock();
  authorizer = new Authorizer(hub.client(), 'node-1', { allowedMs: 300_000, deniedMs: 30_000 }, clock);
});

const decide = (name = 'jane', path = '/exec/default/web/main') =>
  authorizer.authorize({ name, groups: [], extra: {} }, requestAttributes('GET', path));
const ask = async (name?: string, path?: string) => (await decide(name, path)).allowed;

test('leave counts for five minutes, whatever the API server says by then', async () => {
  allowed = true;
  expect(await ask()).toBe(true);
  allowed = false;
  clock.advance(299_999);
  expect(await ask()).toBe(true);
  clock.advance(1);
  expect(await ask()).toBe(false);
});

test('the reason is told and remembered along', async () => {
  allowed = false;
  expect(await decide()).toEqual({ allowed: false, reason: 'RBAC: because' });
  expect(await decide()).toEqual({ allowed: false, reason: 'RBAC: because' });
});

test('a refusal counts for half a minute', async () => {
  allowed = false;
  expect(await ask()).toBe(false);
  allowed = true;
  clock.advance(29_999);
  expect(await ask()).toBe(false);
  clock.advance(1);
  expect(await ask()).toBe(true);
});

test('an answer is of one user and one thing', async () => {
  allowed = true;
  await ask();
  allowed = false;
  expect(await ask('joe')).toBe(false);
  expect(await ask('jane', '/metrics')).toBe(false);
  expect(await ask('jane', '/attach/default/web/main')).toBe(true);
});
