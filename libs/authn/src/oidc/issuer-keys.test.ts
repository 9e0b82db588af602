import { expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import { FakeClock } from '@hawser/runtime';
import { IssuerKeys } from './issuer-keys.ts';

const ISSUER = 'https://issuer.example/realm';
const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const keySet = (...kids: string[]) => ({
  keys: kids.map((kid) => ({ ...publicKey.export({ format: 'jwk' }), kid })),
});

function bench(answers: Record<string, unknown>, more: object = {}) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const faults: (string | undefined)[] = [];
  const keys = new IssuerKeys({
    issuer: ISSUER,
    fetchJson: async (url) => {
      asked.push(url);
      const answer = answers[url];
      if (answer === undefined) throw new Error(`${url} is down`);
      return answer;
    },
    clock,
    onOutcome: (fault) => faults.push(fault?.message),
    ...more,
  });
  return { keys, clock, asked, faults, answers };
}

const DISCOVERY = `${ISSUER}/.well-known/openid-configuration`;
const JWKS = 'https://keys.example/jwks';
const good = () => ({ [DISCOVERY]: { issuer: ISSUER, jwks_uri: JWKS }, [JWKS]: keySet('a') });

test('are discovered and fetched', async () => {
  const { keys, asked, faults } = bench(good());
  expect(keys.current).toBeUndefined();
  await keys.refresh();
  expect(keys.current?.map(({ keyId }) => keyId)).toEqual(['a']);
  expect(asked).toEqual([DISCOVERY, JWKS]);
  expect(faults).toEqual([undefined]);
});

test('are asked for again at most every ten seconds, however many tokens name others', async () => {
  const { keys, asked, clock, answers } = bench(good());
  await keys.refresh();
  answers[JWKS] = keySet('a', 'b');
  for (let i = 0; i < 100; i += 1) expect(keys.refresh()).toBeUndefined();
  clock.advance(10_000);
  const both = [keys.refresh(), keys.refresh()];
  expect(both[0]).toBe(both[1]!);
  await both[0];
  expect(keys.current?.map(({ keyId }) => keyId)).toEqual(['a', 'b']);
  expect(asked).toEqual([DISCOVERY, JWKS, JWKS]);
});

test('stay while the issuer cannot be reached', async () => {
  const { keys, clock, faults, answers } = bench(good());
  await keys.refresh();
  delete answers[JWKS];
  clock.advance(10_000);
  await keys.refresh();
  expect(keys.current).toHaveLength(1);
  expect(keys.fault?.message).toBe(`${JWKS} is down`);
  answers[DISCOVERY] = { issuer: ISSUER, jwks_uri: 'https://moved.example/' };
  answers['https://moved.example/'] = keySet('c');
  clock.advance(10_000);
  await keys.refresh();
  expect(keys.current?.[0]?.keyId).toBe('c');
  expect(faults).toEqual([undefined, `${JWKS} is down`, undefined]);
});

test('go on being asked for by themselves, ten seconds apart, until the issuer answers', async () => {
  const { keys, clock, asked, answers } = bench({});
  const running = keys.run();
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  await settled();
  clock.advance(9_999);
  await settled();
  expect(asked).toHaveLength(1);
  Object.assign(answers, good());
  clock.advance(1);
  await settled();
  expect(keys.current).toHaveLength(1);
  keys[Symbol.dispose]();
  await running;
});

const bad: { name: string; answers: Record<string, unknown>; why: string }[] = [
  {
    name: "another issuer's document",
    answers: { ...good(), [DISCOVERY]: { issuer: 'https://evil.example', jwks_uri: JWKS } },
    why: 'issuer did not match',
  },
  {
    name: 'plain HTTP',
    answers: { ...good(), [DISCOVERY]: { issuer: ISSUER, jwks_uri: 'http://x/' } },
    why: 'https jwks_uri',
  },
  {
    name: 'no place of keys',
    answers: { ...good(), [DISCOVERY]: { issuer: ISSUER } },
    why: 'https jwks_uri',
  },
  { name: 'no document', answers: { ...good(), [DISCOVERY]: null }, why: 'issuer did not match' },
  { name: 'no key set', answers: { ...good(), [JWKS]: [] }, why: 'there is no key set' },
];
for (const { name, answers, why } of bad)
  test(`are none by ${name}`, async () => {
    const { keys } = bench(answers);
    await keys.refresh();
    expect(keys.current).toBeUndefined();
    expect(keys.fault?.message).toContain(why);
  });

test('are discovered elsewhere if told', async () => {
  const discoveryUrl = 'https://inside.example/d';
  const { keys, asked } = bench(
    { ...good(), [discoveryUrl]: { issuer: ISSUER, jwks_uri: JWKS } },
    { discoveryUrl },
  );
  await keys.refresh();
  expect(asked).toEqual([discoveryUrl, JWKS]);
});
