import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { configMap, shellPod } from '../../cluster/objects.ts';
import type { Json } from '../../cluster/wire-client.ts';

const suite = shareCluster({ controllerManager: true });

const at = (namespace: string, plural: string, name = '') =>
  `/api/v1/namespaces/${namespace}/${plural}${name === '' ? '' : `/${name}`}`;

async function quotaOf(cluster: Cluster, namespace: string, hard: Record<string, string>): Promise<string> {
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota' }, spec: { hard } };
  expectJson(await cluster.admin.post(at(namespace, 'resourcequotas'), quota), 201);
  return at(namespace, 'resourcequotas', 'quota');
}

async function usedIs(cluster: Cluster, path: string, used: Json): Promise<void> {
  await eventually(async () => {
    const { status } = expectJson(await cluster.admin.get(path));
    expect(status.used).toEqual(used);
    return true;
  });
}

describe('a quota', () => {
  suite.test('counts what was there before it, and what goes', async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(await cluster.admin.post(at(namespace, 'secrets'), { metadata: { name: 'a' } }), 201);
    const path = await quotaOf(cluster, namespace, {
      secrets: '2',
      'count/roles.rbac.authorization.k8s.io': '0',
    });
    const used = { secrets: '1', 'count/roles.rbac.authorization.k8s.io': '0' };
    await usedIs(cluster, path, used);
    expectJson(await cluster.admin.post(at(namespace, 'secrets'), { metadata: { name: 'b' } }), 201);
    await usedIs(cluster, path, { ...used, secrets: '2' });
    expectFailure(
      await cluster.admin.post(at(namespace, 'secrets'), { metadata: { name: 'c' } }),
      403,
      'Forbidden',
    );
    const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`;
    expectFailure(await cluster.admin.post(roles, { metadata: { name: 'r' } }), 403, 'Forbidden');
    expectJson(await cluster.admin.request('DELETE', at(namespace, 'secrets', 'a')));
    await usedIs(cluster, path, used);
    expectJson(await cluster.admin.post(at(namespace, 'secrets'), { metadata: { name: 'c' } }), 201);
  });

  suite.test('follows its limits when they change', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await quotaOf(cluster, namespace, { secrets: '1' });
    await usedIs(cluster, path, { secrets: '0' });
    const quota = expectJson(await cluster.admin.get(path));
    const hard = { services: '3' };
    expectJson(await cluster.admin.put(path, { ...quota, spec: { hard }, metadata: { name: 'quota' } }));
    await usedIs(cluster, path, { services: '0' });
    expect(expectJson(await cluster.admin.get(path)).status.hard).toEqual(hard);
  });

  suite.test('gets back what a pod used when that has ended', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await quotaOf(cluster, namespace, { pods: '1', 'requests.cpu': '1', 'count/pods': '5' });
    await usedIs(cluster, path, { pods: '0', 'requests.cpu': '0', 'count/pods': '0' });
    const resources = { requests: { cpu: '700m' } };
    const pod = shellPod('a', 'true', { container: { resources } });
    const made = expectJson(await cluster.admin.post(at(namespace, 'pods'), pod), 201);
    await usedIs(cluster, path, { pods: '1', 'requests.cpu': '700m', 'count/pods': '1' });
    const status = { ...made.status, phase: 'Succeeded' };
    expectJson(
      await cluster.admin.put(`${at(namespace, 'pods', 'a')}/status`, {
        metadata: { name: 'a' },
        spec: made.spec,
        status,
      }),
    );
    await usedIs(cluster, path, { pods: '0', 'requests.cpu': '0', 'count/pods': '1' });
  });

  suite.test('is never exceeded while things come and go', async (cluster) => {
    const namespace = await cluster.namespace();
    // Each namespace is given the cluster's root certificate, which counts too.
    await eventually(
      async () => (await cluster.admin.get(at(namespace, 'configmaps', 'kube-root-ca.crt'))).status === 200,
    );
    const path = await quotaOf(cluster, namespace, { configmaps: '6' });
    await usedIs(cluster, path, { configmaps: '1' });
    let most = 0;
    const churn = async (worker: number) => {
      for (let i = 0; i < 12; i += 1) {
        const name = `c-${worker}-${i}`;
        const { status } = await cluster.admin.post(at(namespace, 'configmaps'), configMap(name));
        const { items } = expectJson(await cluster.admin.get(at(namespace, 'configmaps')));
        most = Math.max(most, items.length);
        if (status === 201)
          expectJson(await cluster.admin.request('DELETE', at(namespace, 'configmaps', name)));
        else expect(status).toBe(403);
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, worker) => churn(worker)));
    expect(most).toBeLessThanOrEqual(6);
    await usedIs(cluster, path, { configmaps: '1' });
  });
});

describe('kubectl', () => {
  suite.test('makes quotas, limits and budgets, and shows what they come to', async (cluster) => {
    const namespace = await cluster.namespace();
    const kubectl = async (...args: string[]) => {
      const { stdout, stderr, exitCode } = await cluster.kubectl('1.36', '-n', namespace, ...args);
      if (exitCode !== 0) throw new Error(stderr);
      return stdout;
    };
    await kubectl('create', 'quota', 'q', '--hard=pods=2,limits.cpu=1,services.nodeports=0');
    await kubectl('create', 'pdb', 'b', '--selector=app=web', '--max-unavailable=50%');
    const limits = [{ type: 'Container', default: { cpu: '250m' } }];
    const range = JSON.stringify({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'l', namespace },
      spec: { limits },
    });
    const applied = await cluster.kubectlWithInput('1.36', range, 'apply', '-f', '-');
    expect(applied.stdout).toBe('limitrange/l created\n');
    await usedIs(cluster, at(namespace, 'resourcequotas', 'q'), {
      pods: '0',
      'limits.cpu': '0',
      'services.nodeports': '0',
    });
    await kubectl('run', 'a', '--image=host', '--labels=app=web', '--restart=Never', '--', 'true');
    expect(await kubectl('get', 'quota')).toMatch(
      /^NAME +REQUEST +LIMIT +AGE\nq +pods: 1\/2, services.nodeports: 0\/0 +limits.cpu: 250m\/1 +\d+s\n$/,
    );
    expect(await kubectl('get', 'limits')).toMatch(/^NAME +CREATED AT\nl +\d{4}-/);
    expect(await kubectl('get', 'pdb')).toMatch(
      /^NAME +MIN AVAILABLE +MAX UNAVAILABLE +ALLOWED DISRUPTIONS +AGE\nb +N\/A +50% +0 +\d+s\n$/,
    );
    expect(await kubectl('describe', 'quota', 'q')).toMatch(/limits.cpu +250m +1\npods +1 +2\n/);
    expect(await kubectl('describe', 'limits', 'l')).toMatch(/Container +cpu +- +- +250m +250m +-/);
    expect(await kubectl('describe', 'namespace', namespace)).toMatch(/pods +1 +2/);
  });
});
