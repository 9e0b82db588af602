import { expect, test } from 'bun:test';
import { silentLogger } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import { compactPeriodically } from './compaction.ts';

const FIVE_MINUTES = 5 * 60_000;

test('what was superseded more than five minutes ago is forgotten, and a failure does not end it', async () => {
  const clock = new FakeClock();
  const compacted: number[] = [];
  let revision = 7;
  const store = {
    currentRevision: async () => revision,
    compact: async (upTo: number) => {
      compacted.push(upTo);
      if (compacted.length === 1) throw new Error('the disk is full');
    },
  };
  const pass = async () => {
    clock.advance(FIVE_MINUTES);
    await new Promise((resolve) => setImmediate(resolve));
  };
  {
    using _compacting = compactPeriodically(store, silentLogger, clock);
    await pass();
    expect(compacted).toEqual([]);
    revision = 9;
    await pass();
    expect(compacted).toEqual([7]);
    await pass();
    expect(compacted).toEqual([7, 7]);
    revision = 12;
    await pass();
    expect(compacted).toEqual([7, 7, 9]);
  }
  await pass();
  expect(compacted).toEqual([7, 7, 9]);
});
