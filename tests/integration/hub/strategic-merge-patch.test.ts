import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';

const hub = shareCluster();
const STRATEGIC = 'application/strategic-merge-patch+json';

function ok({ exitCode, stdout, stderr }: { exitCode: number; stdout: string; stderr: string }): string {
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.trim();
}

describe.each(['1.36', '1.30'] as const)('kubectl %s', (version) => {
  hub.test('applies to what exists, and takes back what it no longer says', async (cluster) => {
    const namespace = await cluster.namespace();
    const manifest = (data: object) =>
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace }, data });
    const apply = async (data: object) =>
      ok(await cluster.kubectlWithInput(version, manifest(data), 'apply', '-f', '-'));
    expect(await apply({ kept: '1', gone: '1' })).toBe('configmap/x created');
    expectJson(
      await cluster.admin.patch(`/api/v1/namespaces/${namespace}/configmaps/x`, STRATEGIC, {
        data: { others: '1' },
      }),
    );
    expect(await apply({ kept: '2' })).toBe('configmap/x configured');
    expect(await apply({ kept: '2' })).toBe('configmap/x unchanged');
    const { data } = expectJson(await cluster.admin.get(`/api/v1/namespaces/${namespace}/configmaps/x`));
    expect(data).toEqual({ kept: '2', others: '1' });
  });

  hub.test('taints and cordons a node, and takes both back', async (cluster) => {
    const name = `bare-${version.replace('.', '-')}`;
    expectJson(await cluster.admin.post('/api/v1/nodes', { metadata: { name } }), 201);
    const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    const spec = async () => expectJson(await cluster.admin.get(`/api/v1/nodes/${name}`)).spec;
    ok(await cluster.kubectl(version, 'taint', 'node', name, 'a=b:NoExecute'));
    ok(await cluster.kubectl(version, 'cordon', name));
    expect(await spec()).toEqual({
      taints: expect.arrayContaining([notReady, { key: 'a', value: 'b', effect: 'NoExecute' }]),
      unschedulable: true,
    });
    ok(await cluster.kubectl(version, 'taint', 'node', name, 'a-'));
    ok(await cluster.kubectl(version, 'uncordon', name));
    expect(await spec()).toEqual({ taints: [notReady] });
  });
});

hub.test('a patch whose directives make no sense is refused', async (cluster) => {
  const namespace = await cluster.namespace();
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  expectJson(await cluster.admin.post(path, { metadata: { name: 'x' } }), 201);
  for (const patch of [
    { metadata: { $patch: 'shuffle' } },
    { metadata: { ownerReferences: [{ name: 'no-uid' }] } },
    [],
  ])
    expectFailure(await cluster.admin.patch(`${path}/x`, STRATEGIC, patch as object), 400, 'BadRequest');
});
