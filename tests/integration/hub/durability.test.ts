import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectJson, namesOf } from '../../cluster/expectations.ts';
import { configMap } from '../../cluster/objects.ts';
import { readOutbox } from '../../cluster/outbox.ts';

const hub = shareCluster();

describe('kill -9 in the middle of a write storm', () => {
  for (let round = 1; round <= 3; round += 1) {
    hub.test(`loses nothing that was acknowledged, nor its audit event (round ${round})`, async (cluster) => {
      const namespace = await cluster.namespace();
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const created = new Set<string>();
      const deleted = new Set<string>();
      const auditIds: string[] = [];
      let killed = false;
      const writer = async (number: number): Promise<void> => {
        for (let index = 0; !killed; index += 1) {
          const name = `map-${number}-${index}`;
          const creation = await cluster.admin.post(path, configMap(name));
          expectJson(creation, 201);
          created.add(name);
          auditIds.push(creation.headers['audit-id'] as string);
          if (index % 3 !== 0) continue;
          // Sent, and not known to have been done until it is answered.
          created.delete(name);
          expectJson(await cluster.admin.delete(`${path}/${name}`));
          deleted.add(name);
        }
      };
      const writers = Array.from({ length: 16 }, (_, number) => writer(number));
      const ended = Promise.allSettled(writers);
      while (created.size < 150 * round)
        await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))]);
      await cluster.kill9('apiserver');
      killed = true;
      await ended;
      await cluster.restart('apiserver');
      await cluster.hubReady();
      const names = new Set(namesOf(expectJson(await cluster.admin.get(path))));
      expect([...created].filter((name) => !names.has(name))).toEqual([]);
      expect([...deleted].filter((name) => names.has(name))).toEqual([]);
      const kept = new Set(readOutbox(cluster.layout).map(({ event }) => event.auditID));
      expect(auditIds.filter((id) => !kept.has(id))).toEqual([]);
    });
  }

  hub.test('resourceVersions never go back', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const before = expectJson(await cluster.admin.post(path, configMap('a')), 201).metadata.resourceVersion;
    expectJson(await cluster.admin.delete(`${path}/a`));
    await cluster.kill9('apiserver');
    await cluster.restart('apiserver');
    await cluster.hubReady();
    const after = expectJson(await cluster.admin.post(path, configMap('a')), 201).metadata.resourceVersion;
    expect(Number(after)).toBeGreaterThan(Number(before) + 1);
  });
});

describe('SIGTERM', () => {
  hub.test('answers what is under way and ends with exit code 0', async (cluster) => {
    const service = cluster.service('apiserver');
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const writes = Array.from({ length: 20 }, (_, index) =>
      cluster.admin.post(path, configMap(`map-${index}`)),
    );
    const settled = Promise.allSettled(writes);
    const stopped = service.stop();
    const outcomes = await settled;
    await stopped;
    expect(service.exitCode).toBe(0);
    service.start();
    await cluster.hubReady();
    const names = new Set(namesOf(expectJson(await cluster.admin.get(path))));
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'fulfilled' && outcome.value.status === 201)
        expect(names).toContain(`map-${index}`);
    });
  });
});

describe('a second hub on the same state directory', () => {
  hub.test('refuses to start and says why; the first goes on', async (cluster) => {
    const argv = [...cluster.service('apiserver').argv, '--secure-port', '0'];
    const second = cluster.add('second-hub', argv);
    second.start();
    await eventually(() => !second.running);
    expect(second.exitCode).toBe(1);
    expect(second.log()).toContain('state.db is in use by another process');
    await cluster.hubReady();
  });
});
