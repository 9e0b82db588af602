import { expect, test } from 'bun:test';
import { createRegistry, silentLogger } from '@hawser/observability';
import { systemClock } from '@hawser/runtime';
import { LoopMetrics } from './loop-metrics.ts';
import { Reconciler, type Source } from './reconciler.ts';

const newContext = () => ({
  clock: systemClock,
  logger: silentLogger,
  metrics: new LoopMetrics(createRegistry()),
});

interface Item {
  metadata: { name: string; namespace?: string };
}

/** A source that a test feeds by hand. */
function handFed(items: Item[]) {
  const synced = Promise.withResolvers<void>();
  const handlers = new Set<Parameters<Source<Item>['subscribe']>[0]>();
  const source: Source<Item> = {
    synced: synced.promise,
    subscribe: (handler) => {
      handlers.add(handler);
      for (const item of items) handler.added(item);
      return { [Symbol.dispose]: () => void handlers.delete(handler) };
    },
  };
  return { source, synced, handlers };
}

test('syncs what is cached once the caches are full, and each change after', async () => {
  const { source, synced, handlers } = handFed([{ metadata: { name: 'a', namespace: 'x' } }]);
  const seen: string[] = [];
  const stop = new AbortController();
  const reconciler = new Reconciler(newContext(), {
    name: 'test',
    sync: async (key) => {
      seen.push(key);
      if (key === 'x/a')
        for (const handler of handlers)
          handler.updated({ metadata: { name: 'b' } }, { metadata: { name: 'b' } });
      else stop.abort();
    },
  }).follow(source);
  const running = reconciler.run(stop.signal);
  await Promise.resolve();
  expect(seen).toEqual([]);
  synced.resolve();
  await running;
  expect(seen).toEqual(['x/a', 'b']);
  expect(handlers.size).toBe(0);
});

test('ends when told to before its caches were ever full', async () => {
  const { source } = handFed([]);
  const stop = new AbortController();
  const options = { name: 'test', sync: async () => {} };
  const running = new Reconciler(newContext(), options).follow(source).run(stop.signal);
  stop.abort();
  await running;
});
