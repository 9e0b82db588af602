import { expect } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectJson } from '../../cluster/expectations.ts';

const hub = shareCluster();
const CONFIGURATION = '/api/v1/namespaces/kube-system/configmaps/hawser-config';
const BINDING = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/hawser:node-proxier';

const manifest = (cluster: Cluster, file: string) => join(cluster.layout.hub.manifests, file);

async function restart(cluster: Cluster): Promise<void> {
  await cluster.restart('apiserver');
  await cluster.hubReady();
}

hub.test('an object that follows its manifest is what that says, at each start', async (cluster) => {
  const before = expectJson(await cluster.admin.get(CONFIGURATION));
  await restart(cluster);
  expect(expectJson(await cluster.admin.get(CONFIGURATION))).toEqual(before);

  const path = manifest(cluster, 'cluster-configuration.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replace('cluster.local', 'corp.example'));
  const own = { metadata: { labels: { mine: 'x' } }, data: { other: 'y' } };
  expectJson(await cluster.admin.patch(CONFIGURATION, 'merge', own));
  await restart(cluster);
  const { metadata, data } = expectJson(await cluster.admin.get(CONFIGURATION));
  expect(Object.keys(data)).toEqual(['ClusterConfiguration']);
  expect(data.ClusterConfiguration).toContain('dnsDomain: corp.example');
  expect(metadata.labels).toEqual({ mine: 'x', 'addonmanager.kubernetes.io/mode': 'Reconcile' });
  expect(metadata.uid).toBe(before.metadata.uid);
});

hub.test('any other that is there is left alone, and one that was deleted comes back', async (cluster) => {
  const path = manifest(cluster, 'node-proxier.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replace('name: system:nodes', 'name: others'));
  await restart(cluster);
  expect(expectJson(await cluster.admin.get(BINDING)).subjects[0].name).toBe('system:nodes');
  expectJson(await cluster.admin.delete(BINDING));
  await restart(cluster);
  expect(expectJson(await cluster.admin.get(BINDING)).subjects[0].name).toBe('others');
});
