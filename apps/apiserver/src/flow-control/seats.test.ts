import { expect, test } from 'bun:test';
import { PRIORITY_LEVELS } from './priority-levels.ts';
import { Seats } from './seats.ts';

test("seats are shared out by upstream's shares", () => {
  const seats = new Seats(600);
  expect(PRIORITY_LEVELS.map(({ name }) => seats.nominal(name))).toEqual([75, 100, 25, 100, 250, 50]);
});

test('a level may take what others leave, but never what they keep', () => {
  const seats = new Seats(600);
  let taken = 0;
  for (; seats.isFree('global-default'); taken += 1) seats.take('global-default');
  expect(taken).toBeGreaterThan(seats.nominal('global-default'));
  for (const { name } of PRIORITY_LEVELS)
    if (name !== 'global-default') expect(seats.isFree(name)).toBe(true);
  const kept = {
    system: 50,
    'node-high': 75,
    'leader-election': 25,
    'workload-high': 50,
    'workload-low': 25,
  };
  for (const [name, count] of Object.entries(kept) as ['system', number][]) {
    for (let index = 0; index < count; index += 1) {
      expect(seats.isFree(name)).toBe(true);
      seats.take(name);
    }
    expect(seats.isFree(name)).toBe(false);
  }
  seats.giveBack('global-default');
  expect(seats.isFree('system')).toBe(true);
});

test('however few there are, each level has one', () => {
  const seats = new Seats(1);
  for (const { name } of PRIORITY_LEVELS) {
    expect(seats.isFree(name)).toBe(true);
    seats.take(name);
  }
  for (const { name } of PRIORITY_LEVELS) expect(seats.isFree(name)).toBe(false);
});
