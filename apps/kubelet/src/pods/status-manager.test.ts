import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { TestServer } from '@hawser/client/testing';
import { silentLogger } from '@hawser/observability';
import { systemClock } from '@hawser/runtime';
import { PodApi } from '../testing/pod-api.ts';
import { makePod } from '../testing/pods.ts';
import { StatusManager } from './status-manager.ts';

let api: PodApi;
let server: TestServer;
let stop: AbortController;
let statuses: StatusManager;

beforeEach(async () => {
  api = new PodApi();
  server = await TestServer.start((request, response) => api.handle(request, response));
  stop = new AbortController();
  statuses = new StatusManager(server.client(), systemClock, silentLogger, stop.signal);
});
afterEach(async () => {
  stop.abort();
  await server[Symbol.asyncDispose]();
});

const RUNNING = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };

describe('the status manager', () => {
  test('brings a status to the API server, once', async () => {
    const pod = api.add(makePod());
    statuses.set(pod, RUNNING);
    await statuses.settled('uid-1');
    statuses.set(pod, structuredClone(RUNNING));
    await statuses.settled('uid-1');
    expect(api.pods.get('web')?.status).toEqual(RUNNING);
    expect(api.patches.length).toBe(1);
  });

  test('sends the latest of several, and nothing after it', async () => {
    const pod = api.add(makePod());
    for (const phase of ['Pending', 'Running', 'Succeeded']) statuses.set(pod, { phase });
    await statuses.settled('uid-1');
    expect(api.pods.get('web')?.status?.phase).toBe('Succeeded');
    expect(api.patches.length).toBeLessThanOrEqual(2);
  });

  test('keeps conditions of others that it has not seen yet', async () => {
    const stale = api.add(makePod());
    api.change('web', (pod) => {
      pod.status = { conditions: [{ type: 'example.com/gate', status: 'True' }] };
    });
    statuses.set(stale, RUNNING);
    await statuses.settled('uid-1');
    const types = api.pods.get('web')?.status?.conditions?.map(({ type }) => type);
    expect(types?.sort()).toEqual(['Ready', 'example.com/gate']);
  });

  test('sets right what somebody else wrote over', async () => {
    statuses.set(api.add(makePod()), RUNNING);
    await statuses.settled('uid-1');
    const changed = api.change('web', (pod) => {
      pod.status = { ...pod.status, conditions: [{ type: 'Ready', status: 'False' }] };
    });
    statuses.seen(changed);
    await statuses.settled('uid-1');
    expect(api.pods.get('web')?.status?.conditions).toEqual(RUNNING.conditions);
  });

  test('leaves a new pod of the same name alone', async () => {
    const old = makePod();
    const fresh = makePod();
    fresh.metadata.uid = 'uid-2';
    api.add(fresh);
    statuses.set(old, RUNNING);
    await statuses.settled('uid-1');
    expect(api.pods.get('web')?.status).toBeUndefined();
  });

  test('deletes a pod after its last status has arrived', async () => {
    const pod = api.add(makePod());
    statuses.set(pod, { phase: 'Succeeded' });
    await statuses.delete(pod);
    expect(api.pods.has('web')).toBe(false);
    expect(api.patches.at(-1)?.status?.phase).toBe('Succeeded');
    expect(JSON.parse(server.requests.at(-1)!.body)).toMatchObject({
      gracePeriodSeconds: 0,
      preconditions: { uid: 'uid-1' },
    });
  });

  test('is done when the pod is gone', async () => {
    statuses.set(makePod(), RUNNING);
    await statuses.settled('uid-1');
    await statuses.delete(makePod());
  });
});
