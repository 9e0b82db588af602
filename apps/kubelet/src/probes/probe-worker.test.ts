import { describe, expect, test } from 'bun:test';
import type { Probe } from '@hawser/api';
import { FakeClock } from '@hawser/runtime';
import { type ProbeType, ProbeWorker } from './probe-worker.ts';

/** A worker whose tries end as told, `+` well and `-` badly; returns the results that it told of. */
async function outcomes(type: ProbeType, probe: Probe, tries: string): Promise<boolean[]> {
  const results: boolean[] = [];
  let next = 0;
  const worker = new ProbeWorker({
    type,
    probe,
    startedAt: new Date(0),
    initialResult: type === 'liveness',
    isStarted: () => true,
    run: async () => ({ success: tries[next++] === '+', output: '' }),
    onFailure: () => {},
    onResult: (success) => results.push(success),
    clock: new FakeClock(),
  });
  for (const _ of tries) await worker.tryOnce();
  return results;
}

describe('a probe', () => {
  const cases: { name: string; type: ProbeType; probe: Probe; tries: string; results: boolean[] }[] = [
    {
      name: 'fails after three failures in a row',
      type: 'liveness',
      probe: {},
      tries: '--+---',
      results: [true, false],
    },
    { name: 'succeeds at once', type: 'readiness', probe: {}, tries: '+', results: [true] },
    {
      name: 'succeeds after its successThreshold',
      type: 'readiness',
      probe: { successThreshold: 2 },
      tries: '+-++',
      results: [true],
    },
    {
      name: 'turns with its failureThreshold',
      type: 'readiness',
      probe: { failureThreshold: 1 },
      tries: '+-+',
      results: [true, false, true],
    },
    { name: 'says the same thing once', type: 'readiness', probe: {}, tries: '++++', results: [true] },
  ];
  for (const { name, type, probe, tries, results } of cases)
    test(name, async () => expect(await outcomes(type, probe, tries)).toEqual(results));

  test('waits initialDelaySeconds from the start of the container, then its period', async () => {
    const clock = new FakeClock();
    const triedAt: number[] = [];
    const startMs = clock.now().getTime();
    const worker = new ProbeWorker({
      type: 'readiness',
      probe: { initialDelaySeconds: 5, periodSeconds: 3 },
      startedAt: clock.now(),
      initialResult: false,
      isStarted: () => true,
      run: async () => {
        triedAt.push((clock.now().getTime() - startMs) / 1000);
        return { success: true, output: '' };
      },
      onFailure: () => {},
      onResult: () => {},
      clock,
    });
    const ended = worker.run();
    for (let second = 0; second < 12; second += 1) {
      clock.advance(1000);
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    }
    worker.stop();
    await ended;
    expect(triedAt).toEqual([5, 8, 11]);
  });
});
