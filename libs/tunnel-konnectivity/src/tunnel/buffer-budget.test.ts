import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { BufferBudget, type Hoard } from './buffer-budget.ts';

const MIB = 1024 * 1024;

class Reader implements Hoard {
  bufferedBytes = 0;
}

/** A link with its readers, and what was done to it. */
function link() {
  const clock = new FakeClock();
  const state = { held: false, alone: false, givenUp: [] as Reader[] };
  const budget = new BufferBudget<Reader>(
    { connectionBytes: 16 * MIB, linkBytes: 64 * MIB, stallMs: 1_000 },
    {
      hold: () => {
        state.held = true;
      },
      release: () => {
        state.held = false;
      },
      isAlone: () => state.alone,
      giveUp: (reader) => {
        state.givenUp.push(reader);
        budget.forget(reader);
      },
    },
    clock,
  );
  const keep = (reader: Reader, bytes: number) => {
    reader.bufferedBytes = bytes;
    budget.added(reader);
  };
  const leave = (reader: Reader, bytes: number) => {
    reader.bufferedBytes = bytes;
    budget.taken(reader);
  };
  return { clock, state, budget, keep, leave };
}

test('the link waits for a reader that is too far behind, until it has caught up', () => {
  const { state, keep, leave } = link();
  const reader = new Reader();
  keep(reader, 16 * MIB);
  expect(state.held).toBeFalse();
  keep(reader, 16 * MIB + 1);
  expect(state.held).toBeTrue();
  leave(reader, 15.5 * MIB);
  expect(state.held).toBeTrue();
  leave(reader, 15 * MIB);
  expect(state.held).toBeFalse();
});

test('a reader that is slow is waited for, one that takes nothing is given up', () => {
  const { clock, state, keep, leave } = link();
  const [slow, stalled] = [new Reader(), new Reader()];
  keep(slow, 17 * MIB);
  keep(stalled, 17 * MIB);
  clock.advance(999);
  leave(slow, 16.9 * MIB);
  clock.advance(1);
  expect(state).toEqual({ held: true, alone: false, givenUp: [stalled] });
  leave(slow, 16.8 * MIB);
  clock.advance(1_000);
  expect(state.givenUp).toEqual([stalled]);
  clock.advance(1_000);
  expect(state).toEqual({ held: false, alone: false, givenUp: [stalled, slow] });
});

test('a reader that keeps nobody waiting has all the time that it wants', () => {
  const { clock, state, keep } = link();
  const reader = new Reader();
  state.alone = true;
  keep(reader, 17 * MIB);
  clock.advance(60_000);
  expect(state.givenUp).toEqual([]);
  state.alone = false;
  clock.advance(1_000);
  expect(state.givenUp).toEqual([reader]);
});

test('when all keep too much together the link waits for the one that keeps most', () => {
  const { state, keep, leave } = link();
  const readers = Array.from({ length: 5 }, () => new Reader());
  for (const [at, reader] of readers.entries()) keep(reader, (12 + at / 2) * MIB);
  expect(state.held).toBeTrue();
  leave(readers[0]!, 0);
  expect(state.held).toBeTrue();
  leave(readers[4]!, 13 * MIB);
  expect(state.held).toBeFalse();
  // The first has caught up: there is room again.
  keep(readers[4]!, 14 * MIB);
  expect(state.held).toBeFalse();
});

test('the link does not wait for a connection of which nothing more will come, or that is over', () => {
  const { clock, state, budget, keep } = link();
  const [complete, over] = [new Reader(), new Reader()];
  keep(complete, 17 * MIB);
  keep(over, 17 * MIB);
  budget.complete(complete);
  expect(state.held).toBeTrue();
  budget.forget(over);
  expect(state.held).toBeFalse();
  clock.advance(10_000);
  expect(state.givenUp).toEqual([]);
});
