import { describe, expect } from 'bun:test';
import { clusterRoles } from '@hawser/api';
import { KubeClient } from '@hawser/client';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';

const suite = shareCluster({ controllerManager: true });
const adminOf = (cluster: Cluster) =>
  KubeClient.fromKubeconfig(cluster.layout.adminKubeconfig, { userAgent: 'test' });

const rule = (resource: string) => ({
  apiGroups: ['example.com'],
  resources: [resource],
  verbs: ['get', 'list'],
});

describe('cluster roles that aggregate', () => {
  suite.test('show the rules of those that they select, as these change', async (cluster) => {
    await using client = adminOf(cluster);
    const rulesOf = async (name: string) => (await client.get(clusterRoles, name)).rules ?? [];
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
    await client.create(clusterRoles, { metadata: { name: 'widgets', labels }, rules: [rule('widgets')] });
    const says = async (name: string, resource: string) =>
      (await rulesOf(name)).some(({ resources }) => resources?.includes(resource));
    // What may be seen may be seen by those who may edit, too: aggregates aggregate.
    for (const name of ['view', 'edit', 'admin']) await eventually(() => says(name, 'widgets'));
    expect(await says('view', 'pods')).toBe(true);
    expect(await says('view', 'secrets')).toBe(false);
    expect(await says('admin', 'rolebindings')).toBe(true);
    // A label that goes takes the rules along, one that comes back brings them back.
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles/widgets';
    await cluster.admin.patch(path, 'merge', { metadata: { labels: null } });
    await eventually(async () => !(await says('view', 'widgets')));
    await cluster.admin.patch(path, 'merge', { metadata: { labels } });
    await eventually(() => says('view', 'widgets'));
    const described = await cluster.kubectl('1.36', 'describe', 'clusterrole', 'view');
    expect(described.stdout).toMatch(/widgets\.example\.com\s+\[\]\s+\[\]\s+\[get list\]/);
    await client.delete(clusterRoles, 'widgets');
    for (const name of ['view', 'edit', 'admin'])
      await eventually(async () => !(await says(name, 'widgets')));
  });

  suite.test('are shown by kubectl, and left as they are when the hub starts again', async (cluster) => {
    await using client = adminOf(cluster);
    const before = await eventually(async () => {
      const role = await client.get(clusterRoles, 'view');
      return role.rules?.length ? role : undefined;
    });
    const { stdout, exitCode } = await cluster.kubectl('1.36', 'describe', 'clusterrole', 'view');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/pods\s+\[\]\s+\[\]\s+\[get list watch\]/);
    await cluster.kill9('apiserver');
    await cluster.restart('apiserver');
    const after = await eventually(() => client.get(clusterRoles, 'view').catch(() => undefined));
    expect(after.rules).toEqual(before.rules);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });
});
