import { afterEach, expect, test } from 'bun:test';
import { silentLogger } from '@hawser/observability';
import { type Clock, FakeClock } from '@hawser/runtime';
import { SyncRunner } from './sync-runner.ts';

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
});

/** Lets everything that is due happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

/** A runner with a second between syncs and a look every 30. */
function start(around: { sync?: () => Promise<void>; isIntact?: () => Promise<boolean> } = {}) {
  const clock = new FakeClock();
  let behindMs = 0;
  const skewed: Clock = {
    now: () => new Date(clock.now().getTime() - behindMs),
    after: (ms, callback) => clock.after(ms, callback),
  };
  const syncs: { atMs: number; whole: boolean }[] = [];
  const startMs = clock.now().getTime();
  const runner = new SyncRunner({
    sync: async (whole) => {
      syncs.push({ atMs: clock.now().getTime() - startMs, whole });
      await around.sync?.();
    },
    isIntact: around.isIntact ?? (async () => true),
    ...{ minPeriodMs: 1_000, periodMs: 30_000, clock: skewed, logger: silentLogger },
  });
  const stopping = new AbortController();
  const running = runner.run(stopping.signal);
  stop = async () => {
    stopping.abort();
    await running;
  };
  const advance = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  const setBack = (ms: number) => {
    behindMs = ms;
  };
  return { runner, syncs, advance, setBack };
}

test('nothing is done before something is known; then everything at once', async () => {
  const { runner, syncs, advance } = start();
  await advance(60_000);
  expect(syncs).toEqual([]);
  runner.request();
  await settle();
  expect(syncs).toEqual([{ atMs: 60_000, whole: true }]);
});

test('changes that come fast are done together, a period later, and only what has changed', async () => {
  const { runner, syncs, advance } = start();
  runner.request();
  await settle();
  for (let i = 0; i < 5; i += 1) {
    await advance(100);
    runner.request();
    await settle();
  }
  await advance(499);
  expect(syncs).toHaveLength(1);
  await advance(1);
  expect(syncs.slice(1)).toEqual([{ atMs: 1_000, whole: false }]);
});

test('what failed is done again, whole', async () => {
  let fails = true;
  const { runner, syncs, advance } = start({
    sync: async () => {
      if (fails) throw new Error('no');
    },
  });
  runner.request();
  await settle();
  fails = false;
  await advance(999);
  expect(syncs).toHaveLength(1);
  await advance(1_000);
  expect(syncs.map(({ whole }) => whole)).toEqual([true, true]);
  await advance(20_000);
  expect(syncs).toHaveLength(2);
});

test('what somebody else has changed is written anew at the next look', async () => {
  let intact = true;
  const { runner, syncs, advance } = start({ isIntact: async () => intact });
  runner.request();
  await settle();
  await advance(30_000);
  expect(syncs).toHaveLength(1);
  intact = false;
  await advance(30_000);
  expect(syncs.slice(1)).toEqual([{ atMs: 60_000, whole: true }]);
});

test('a clock that is set back holds up neither changes nor looks', async () => {
  let intact = true;
  const { runner, syncs, advance, setBack } = start({ isIntact: async () => intact });
  runner.request();
  await settle();
  setBack(24 * 3_600_000);
  runner.request();
  await advance(1_000);
  expect(syncs).toHaveLength(2);
  intact = false;
  await advance(60_000);
  expect(syncs[2]?.whole).toBe(true);
});
