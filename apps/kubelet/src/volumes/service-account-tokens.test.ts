import { expect, test } from 'bun:test';
import type { Pod, TokenRequest } from '@hawser/api';
import { silentLogger } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import { makePod } from '../testing/pods.ts';
import { RequestedServiceAccountTokens, type TokenSourceOptions } from './service-account-tokens.ts';

const HOUR_MS = 3_600_000;

/** @param maxSeconds what the server shortens lives to. */
function world({ random = 0, maxSeconds = Number.POSITIVE_INFINITY } = {}) {
  const clock = new FakeClock('2026-01-01T00:00:00Z');
  const asked: TokenRequest['spec'][] = [];
  let isAway = false;
  const create = async (_resource: unknown, { spec }: TokenRequest) => {
    if (isAway) throw new Error('connection refused');
    asked.push(spec);
    const expirationSeconds = Math.min(spec?.expirationSeconds ?? 3600, maxSeconds);
    const expiry = new Date(clock.now().getTime() + expirationSeconds * 1000);
    const status = { token: `token ${asked.length}`, expirationTimestamp: expiry.toISOString() };
    return { spec: { ...spec, expirationSeconds }, status };
  };
  const client = { create } as unknown as TokenSourceOptions['client'];
  const tokens = new RequestedServiceAccountTokens({
    client,
    clock,
    logger: silentLogger,
    random: () => random,
  });
  const setAway = (value: boolean) => {
    isAway = value;
  };
  return { clock, asked, tokens, setAway };
}

const POD = makePod({});
const get = ({ tokens }: ReturnType<typeof world>, seconds = 3600, pod: Pod = POD) =>
  tokens.token(pod, undefined, seconds);

test('asks for a token that is bound to the pod', async () => {
  const it = world();
  await it.tokens.token(POD, 'vault', 7200);
  const { name, uid } = POD.metadata;
  expect(it.asked).toEqual([
    {
      audiences: ['vault'],
      expirationSeconds: 7200,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  ]);
});

test('keeps a token for four fifths of its life', async () => {
  const it = world();
  expect(await get(it)).toBe('token 1');
  it.clock.advance(0.8 * HOUR_MS);
  expect(await get(it)).toBe('token 1');
  it.clock.advance(1);
  expect(await get(it)).toBe('token 2');
});

test('renews up to ten seconds earlier, not all at once', async () => {
  const it = world({ random: 0.5 });
  await get(it);
  it.clock.advance(0.8 * HOUR_MS - 5_000);
  expect(await get(it)).toBe('token 1');
  it.clock.advance(1);
  expect(await get(it)).toBe('token 2');
});

test('renews after a day, however long a token lives', async () => {
  const it = world();
  await get(it, 365 * 24 * 3600);
  it.clock.advance(24 * HOUR_MS);
  expect(await get(it, 365 * 24 * 3600)).toBe('token 1');
  it.clock.advance(1);
  expect(await get(it, 365 * 24 * 3600)).toBe('token 2');
});

test('reckons with the life that the server gave', async () => {
  const it = world({ maxSeconds: 600 });
  await get(it, 7200);
  it.clock.advance(480_001);
  expect(await get(it, 7200)).toBe('token 2');
});

test('renews when the clock was set back', async () => {
  const it = world();
  await get(it);
  it.clock.advance(-HOUR_MS);
  expect(await get(it)).toBe('token 2');
});

test('stays with the old one while the hub is away, to its end, and has a new one at once after', async () => {
  const it = world();
  await get(it);
  it.setAway(true);
  it.clock.advance(HOUR_MS);
  expect(await get(it)).toBe('token 1');
  it.clock.advance(1);
  expect(get(it)).rejects.toThrow('token of default/default expired and refresh failed: connection refused');
  it.setAway(false);
  expect(await get(it)).toBe('token 2');
});

test('says why there is none', () => {
  const it = world();
  it.setAway(true);
  expect(get(it)).rejects.toThrow('failed to fetch token: connection refused');
});

test('a token goes with its pod', async () => {
  const it = world();
  await get(it);
  it.tokens.forget(POD.metadata.uid!);
  expect(await get(it)).toBe('token 2');
});
