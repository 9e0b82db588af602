import { expect, test } from 'bun:test';
import { silentLogger as logger } from '@hawser/observability';
import { unlessAborted } from '@hawser/runtime';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import { makeContainer, makePod } from '../testing/pods.ts';
import { ContainerStarter } from './container-starter.ts';

test('a pod that ends does not wait for what its environment still lacks, and says nothing of it', async () => {
  const events: unknown[] = [];
  const starter = new ContainerStarter({
    // It does not get there.
    runtime: {} as ContainerRuntime,
    recorder: { event: (...event) => void events.push(event) },
    logger,
    podsDirectory: '/nonexistent',
    environment: (_pod, _podIp, until) => unlessAborted(new Promise<never>(() => {}), until),
  });
  const container = makeContainer('main');
  const pod = makePod({ containers: [container] });
  const parts = { podSandboxId: 's', podIp: '10.0.0.1', attempt: 0, volumes: new Map<string, string>() };
  const ending = new AbortController();
  const starting = starter.start({ pod, container, ...parts }, ending.signal);
  ending.abort(new Error('ended'));
  await expect(starting).rejects.toThrow('ended');
  expect(events).toEqual([]);
});
