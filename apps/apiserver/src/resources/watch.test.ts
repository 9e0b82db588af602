import { expect, test } from 'bun:test';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { configMaps } from '@hawser/api';
import type { Resource } from '@hawser/registry';
import { FakeClock } from '@hawser/runtime';
import type { HubMetrics } from '../health/hub-metrics.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { handleWatch } from './watch.ts';

/** A response that keeps what is written to it; over HTTP/2, so that nothing goes past it. */
class KeptResponse extends EventEmitter {
  readonly lines: string[] = [];
  readonly req = { httpVersionMajor: 2 };
  readonly writableLength = 0;
  ended = false;

  writeHead(): void {}
  flushHeaders(): void {}
  write(payload: Buffer): void {
    this.lines.push(String(payload).trim());
  }
  end(): void {
    this.ended = true;
  }
}

/** A watch of ConfigMaps of which there are none, at a revision that can be moved. */
async function watchNothing(query: string) {
  const clock = new FakeClock();
  const cacher = { revision: 5 };
  const cache = {
    entries: () => [],
    eventsAfter: () => [],
    subscribe: () => ({ [Symbol.dispose]: () => {} }),
  };
  const info = { verb: 'watch', namespace: '', name: '', query: new URLSearchParams(query) };
  const request = { method: 'GET', headers: {}, url: '/' };
  const context = { info, request, signal: new AbortController().signal } as unknown as RequestContext;
  const metrics = { watchers: { inc: () => {}, dec: () => {} } } as unknown as HubMetrics;
  const resource = { kind: configMaps, cache, cacher } as unknown as Resource;
  const answer = await handleWatch(resource, context, { metrics, clock, minRequestTimeoutMs: 1_800_000 });
  const response = new KeptResponse();
  const over = answer.stream(response as unknown as ServerResponse);
  return { clock, cacher, response, over };
}

const revisions = (lines: readonly string[]) =>
  lines.map((line) => {
    const { type, object } = JSON.parse(line);
    return `${type} ${object.metadata.resourceVersion}`;
  });

test('a watcher that takes bookmarks gets one a minute, of the revision of that moment', async () => {
  const { clock, cacher, response, over } = await watchNothing(
    'allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=150',
  );
  clock.advance(59_000);
  expect(response.lines).toEqual([]);
  clock.advance(1_000);
  cacher.revision = 9;
  clock.advance(60_000);
  expect(revisions(response.lines)).toEqual(['BOOKMARK 5', 'BOOKMARK 9']);
  clock.advance(30_000);
  await over;
  expect(response.ended).toBe(true);
  clock.advance(600_000);
  expect(response.lines).toHaveLength(2);
});

test('another gets none, and is sent away after 30 to 60 minutes', async () => {
  const { clock, response, over } = await watchNothing('resourceVersion=5');
  clock.advance(1_799_000);
  expect(response.ended).toBe(false);
  clock.advance(1_801_000);
  await over;
  expect(response.ended).toBe(true);
  expect(response.lines).toEqual([]);
});
