import { describe, expect } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { clusterTest, shareCluster } from '../cluster/cluster-suite.ts';
import { forgetThePast } from '../cluster/compact-store.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { configMap } from '../cluster/objects.ts';
import { nodePath } from '../cluster/required-tools.ts';
import { RunningCommand } from '../cluster/running-command.ts';

const checks = join(import.meta.dir, 'checks');
/** The hub ends each watch after one to two seconds, which an informer is to live through. */
const suite = shareCluster({ nodes: 1, flags: { apiserver: ['--min-request-timeout', '1'] } });

/** Runs a script with the official client under Node. */
function startScript(cluster: Cluster, namespace: string, script: string): RunningCommand {
  const KUBECONFIG = cluster.layout.adminKubeconfig;
  return new RunningCommand([nodePath(), script], {
    KUBECONFIG,
    NAMESPACE: namespace,
    PATH: '/usr/bin:/bin',
  });
}

describe('@kubernetes/client-node under Node', () => {
  for (const file of readdirSync(checks).toSorted())
    suite.test(file.replace('.mjs', '').replaceAll('-', ' '), async (cluster) => {
      await using script = startScript(cluster, await cluster.namespace(), join(checks, file));
      expect(await script.ended()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    });

  clusterTest('informer lists anew when the hub has forgotten where it was', {}, async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await cluster.admin.post(path, configMap('it-gone'));
    await using script = startScript(cluster, namespace, join(import.meta.dir, 'informer-relists.mjs'));
    await eventuallyPasses(() => expect(`${script.stdout}${script.stderr}`).toBe('stopped\n'));
    await cluster.admin.delete(`${path}/it-gone`);
    await cluster.admin.post(path, configMap('it-new'));
    await forgetThePast(cluster);
    script.interrupt();
    expect(await script.ended()).toEqual({ exitCode: 0, stdout: 'stopped\nrelisted\n', stderr: '' });
  });
});
