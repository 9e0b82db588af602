import { expect, test } from 'bun:test';
import { Counter, createRegistry, silentLogger } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import { LossReport } from './loss-report.ts';

test('each loss is counted, and said together with others once a minute', async () => {
  const said: unknown[] = [];
  const clock = new FakeClock();
  const counter = new Counter({ name: 'lost_total', help: 'lost', registers: [createRegistry()] });
  const logger = {
    ...silentLogger,
    error: (values: object, message: string) => void said.push([values, message]),
  };
  const { lost } = new LossReport({ counter, message: 'too many wait', clock, logger });
  for (let i = 0; i < 3; i += 1) lost(2);
  clock.advance(60_000);
  lost(1);
  expect(said).toEqual([
    [{ lost: 2 }, 'too many wait'],
    [{ lost: 5 }, 'too many wait'],
  ]);
  expect((await counter.get()).values[0]?.value).toBe(7);
});
