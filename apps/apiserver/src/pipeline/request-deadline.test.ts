import { expect, test } from 'bun:test';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { FakeClock } from '@hawser/runtime';
import { timeoutOf, withinDeadline } from './request-deadline.ts';

const timeout = (text: string) => timeoutOf(new URLSearchParams({ timeout: text }), 60_000);

test('a request may ask for less time, and is given no more', () => {
  expect(timeoutOf(new URLSearchParams(), 60_000)).toBe(60_000);
  expect(timeout('1.5s')).toBe(1_500);
  expect(timeout('2m')).toBe(60_000);
  expect(timeout('0s')).toBe(60_000);
  expect(timeout('-5s')).toBe(60_000);
});

for (const [text, why] of [
  ['soon', 'time: invalid duration "soon"'],
  ['5', 'time: missing unit in duration "5"'],
  ['5y', 'time: unknown unit "y" in duration "5y"'],
  ['1s5', 'time: missing unit in duration "1s5"'],
])
  test(`${text} is no time`, () => {
    expect(() => timeout(text!)).toThrow(`invalid timeout specified in the request URL - ${why}`);
  });

function start(work: () => Promise<string>) {
  const clock = new FakeClock();
  const response = Object.assign(new EventEmitter(), { headersSent: false, destroyed: false });
  const destroy = () => {
    response.destroyed = true;
  };
  Object.assign(response, { destroy });
  let timedOut = false;
  const onTimeout = () => {
    timedOut = true;
  };
  const outcome = withinDeadline(clock, 1_000, response as unknown as ServerResponse, onTimeout, work);
  return { clock, response, outcome, timedOut: () => timedOut };
}

test('what takes too long is answered 504', async () => {
  const { clock, outcome, timedOut } = start(() => new Promise(() => {}));
  clock.advance(1_000);
  expect(outcome).rejects.toMatchObject({
    code: 504,
    reason: 'Timeout',
    message: 'Timeout: request did not complete within the allotted timeout',
  });
  expect(timedOut()).toBe(true);
});

test('an answer that is not taken in time is broken off, one that was is not', async () => {
  const slow = start(async () => 'done');
  expect(await slow.outcome).toBe('done');
  slow.response.headersSent = true;
  slow.clock.advance(1_000);
  expect(slow.response.destroyed).toBe(true);
  const quick = start(async () => 'done');
  await quick.outcome;
  quick.response.headersSent = true;
  quick.response.emit('close');
  quick.clock.advance(1_000);
  expect(quick.response.destroyed).toBe(false);
});
