import { expect, test } from 'bun:test';
import { createRegistry } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import type { Classification } from './classify.ts';
import { FlowController, type Seat } from './flow-controller.ts';
import { FlowMetrics } from './flow-metrics.ts';
import { MAX_FLOW_LENGTH } from './level-queue.ts';
import { TooManyRequestsError } from './too-many-requests-error.ts';

const ordinary = (flow: string): Classification => ({
  flowSchema: 'global-default',
  priorityLevel: 'global-default',
  flow,
});
const heartbeat: Classification = { flowSchema: 'system-node-high', priorityLevel: 'node-high', flow: 'n' };
const exempt: Classification = { flowSchema: 'exempt', priorityLevel: 'exempt', flow: '' };
const never = new AbortController().signal;

/** A controller whose ordinary users have one seat, which is taken. */
function busy() {
  const clock = new FakeClock();
  const registry = createRegistry();
  const flow = new FlowController({
    clock,
    seats: 1,
    maxWaitMs: 1_000,
    metrics: new FlowMetrics(registry),
  });
  const seat = flow.admit(ordinary('first'), never) as Seat;
  expect(seat).not.toBeInstanceOf(Promise);
  return { clock, registry, flow, seat };
}

test('who waits is begun when a seat is free, the flows in turn', async () => {
  const { flow, seat } = busy();
  const begun: string[] = [];
  const all = ['a', 'a', 'a', 'b'].map(async (name) => {
    using _seat = await flow.admit(ordinary(name), never);
    begun.push(name);
  });
  seat[Symbol.dispose]();
  seat[Symbol.dispose]();
  await Promise.all(all);
  expect(begun).toEqual(['a', 'b', 'a', 'a']);
});

test('what is urgent and what is exempt does not wait for what is much', () => {
  const { flow } = busy();
  for (let count = 0; count < 100; count += 1)
    (flow.admit(ordinary('a'), never) as Promise<Seat>).catch(() => {});
  expect(flow.admit(heartbeat, never)).not.toBeInstanceOf(Promise);
  expect(flow.admit(heartbeat, never)).toBeInstanceOf(Promise);
  for (let count = 0; count < 10; count += 1) expect(flow.admit(exempt, never)).not.toBeInstanceOf(Promise);
});

test('who waits too long, or for whom there is no room, is refused', async () => {
  const { clock, flow, registry } = busy();
  const waiting = Array.from({ length: MAX_FLOW_LENGTH }, () => flow.admit(ordinary('a'), never));
  const outcomes = Promise.allSettled(waiting);
  expect(flow.admit(ordinary('a'), never)).rejects.toBeInstanceOf(TooManyRequestsError);
  clock.advance(1_000);
  for (const outcome of await outcomes) expect(outcome.status).toBe('rejected');
  const metrics = await registry.metrics();
  const labels = 'priority_level="global-default",flow_schema="global-default"';
  const rejected = `apiserver_flowcontrol_rejected_requests_total{${labels}`;
  expect(metrics).toContain(`${rejected},reason="time-out"} ${MAX_FLOW_LENGTH}`);
  expect(metrics).toContain(`${rejected},reason="queue-full"} 1`);
  expect(metrics).toContain(`apiserver_flowcontrol_current_inqueue_requests{${labels}} 0`);
});

test('who has gone waits no longer', async () => {
  const { flow, seat } = busy();
  const gone = new AbortController();
  const waiting = flow.admit(ordinary('a'), gone.signal) as Promise<Seat>;
  const next = flow.admit(ordinary('a'), never);
  gone.abort();
  expect(waiting).rejects.toBeInstanceOf(TooManyRequestsError);
  seat[Symbol.dispose]();
  (await next)[Symbol.dispose]();
});

test('many that come together are not all begun together', async () => {
  const flow = new FlowController({
    clock: new FakeClock(),
    seats: 600,
    maxWaitMs: 1_000,
    metrics: new FlowMetrics(createRegistry()),
  });
  const busyFor = (ms: number) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };
  const turns: (Seat | Promise<Seat>)[] = [];
  for (let count = 0; count < 10; count += 1) {
    turns.push(flow.admit(ordinary('a'), never));
    busyFor(1);
  }
  expect(turns[0]).not.toBeInstanceOf(Promise);
  expect(turns.at(-1)).toBeInstanceOf(Promise);
  await Promise.all(turns);
});

test('who has gone before its turn could come is refused, whoever it is', async () => {
  const { flow, registry } = busy();
  for (const classification of [ordinary('a'), heartbeat, exempt])
    await expect(async () => flow.admit(classification, AbortSignal.abort())).toThrow(TooManyRequestsError);
  expect(await registry.metrics()).toContain('flow_schema="system-node-high",reason="cancelled"} 1');
});
