import { describe, expect } from 'bun:test';
import { stringify } from 'yaml';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually } from '../cluster/eventually.ts';
import { KUBECTL_VERSIONS } from '../cluster/required-tools.ts';
import { deployment, podTemplate } from '../cluster/workloads.ts';

const suite = shareCluster({ nodes: 1, nats: true });

/** A shell script as what a pod runs. */
const script = (text: string, spec: object = {}) => ({
  terminationGracePeriodSeconds: 1,
  containers: [{ name: 'main', image: 'host', command: ['/bin/sh', '-c', text] }],
  ...spec,
});

async function inNamespace(cluster: Cluster, version: (typeof KUBECTL_VERSIONS)[number]) {
  const namespace = await cluster.namespace();
  const run = async (...args: string[]) => {
    const { stdout, stderr, exitCode } = await cluster.kubectl(version, '-n', namespace, ...args);
    expect({ args, exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({
      args,
      exitCode: 0,
      stderr: '',
    });
    return stdout.trimEnd();
  };
  const apply = async (object: object) => {
    const input = stringify(object);
    const { exitCode, stderr } = await cluster.kubectlWithInput(
      version,
      input,
      '-n',
      namespace,
      'apply',
      '-f',
      '-',
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  };
  return { run, apply };
}

for (const version of KUBECTL_VERSIONS) {
  describe(`kubectl ${version}`, () => {
    suite.test(
      'rolls a Deployment out, scales it, rolls it back, deletes it with its pods',
      async (cluster) => {
        const { run, apply } = await inNamespace(cluster, version);
        const template = podTemplate('web', script('echo $COLOR; exec sleep 3600'));
        await apply(deployment('web', { replicas: 2, template }));
        expect(await run('rollout', 'status', 'deployment/web', '--timeout=30s')).toContain(
          'successfully rolled out',
        );
        const names = await run('get', 'pods', '-o', 'name');
        expect(names.split('\n')).toHaveLength(2);
        expect(await run('get', 'deployment', 'web')).toMatch(
          /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 +\S+$/,
        );

        expect(await run('scale', 'deployment/web', '--replicas=3')).toBe('deployment.apps/web scaled');
        await run('wait', '--for=jsonpath={.status.readyReplicas}=3', 'deployment/web', '--timeout=30s');

        await run('set', 'env', 'deployment/web', 'COLOR=blue');
        await run('rollout', 'status', 'deployment/web', '--timeout=30s');
        const said = async () => (await run('logs', '-l', 'app=web')).split('\n').toSorted();
        await eventually(async () => (await said()).join() === 'blue,blue,blue');

        expect(await run('rollout', 'history', 'deployment/web')).toMatch(
          /REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>/,
        );
        expect(await run('rollout', 'undo', 'deployment/web')).toBe('deployment.apps/web rolled back');
        await run('rollout', 'status', 'deployment/web', '--timeout=30s');
        await eventually(async () => (await said()).join('') === '');
        expect(await run('rollout', 'history', 'deployment/web')).toMatch(/\n2 +<none>\n3 +<none>/);

        const described = await run('describe', 'deployment', 'web');
        expect(described).toMatch(/Progressing +True +NewReplicaSetAvailable/);
        expect(described).toMatch(/ScalingReplicaSet .*Scaled up replica set web-\S+ from 0 to 2/);

        await run('delete', 'deployment', 'web');
        await eventually(async () => (await run('get', 'replicasets,pods', '-o', 'name')) === '');
      },
    );

    suite.test('restarts and undoes a DaemonSet', async (cluster) => {
      const { run, apply } = await inNamespace(cluster, version);
      const spec = {
        selector: { matchLabels: { app: 'agent' } },
        template: podTemplate('agent', script('exec sleep 3600')),
      };
      await apply({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent' }, spec });
      expect(await run('rollout', 'status', 'daemonset/agent', '--timeout=30s')).toContain(
        'successfully rolled out',
      );
      const first = await run('get', 'pods', '-o', 'name');
      await run('rollout', 'restart', 'daemonset/agent');
      await run('rollout', 'status', 'daemonset/agent', '--timeout=30s');
      expect(await run('get', 'pods', '-o', 'name')).not.toBe(first);
      expect(await run('rollout', 'undo', 'daemonset/agent')).toBe('daemonset.apps/agent rolled back');
      await run('rollout', 'status', 'daemonset/agent', '--timeout=30s');
    });

    suite.test('runs a Job to its end, each index with its number', async (cluster) => {
      const { run, apply } = await inNamespace(cluster, version);
      const pod = script('echo index $JOB_COMPLETION_INDEX', { restartPolicy: 'Never' });
      const spec = {
        completions: 3,
        parallelism: 3,
        completionMode: 'Indexed',
        template: podTemplate('sum', pod),
      };
      await apply({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'sum' }, spec });
      await run('wait', '--for=condition=Complete', 'job/sum', '--timeout=40s');
      const logs = await run('logs', '-l', 'job-name=sum');
      expect(logs.split('\n').toSorted()).toEqual(['index 0', 'index 1', 'index 2']);
      expect(await run('get', 'job', 'sum', '--no-headers')).toMatch(/^sum +(Complete +)?3\/3 +\S+ +\S+$/);
      await run('delete', 'job', 'sum');
      await eventually(async () => (await run('get', 'pods', '-o', 'name')) === '');
    });

    suite.test('drains a node: what is replaced elsewhere goes, a DaemonSet stays', async (cluster) => {
      const { run, apply } = await inNamespace(cluster, version);
      const selector = { matchLabels: { app: 'agent' } };
      const template = podTemplate('agent', script('exec sleep 3600'));
      const spec = { selector, template };
      await apply({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent' }, spec });
      await apply(deployment('web', { template: podTemplate('web', script('exec sleep 3600')) }));
      await run('rollout', 'status', 'deployment/web', '--timeout=30s');
      await run('rollout', 'status', 'daemonset/agent', '--timeout=30s');
      const agent = await run('get', 'pods', '-l', 'app=agent', '-o', 'name');
      const drain = await cluster.kubectl(version, 'drain', 'node-1', '--ignore-daemonsets', '--timeout=40s');
      expect(drain).toMatchObject({ exitCode: 0 });
      expect(await run('get', 'pods', '-l', 'app=agent', '-o', 'name')).toBe(agent);
      await eventually(async () =>
        /^web-\S+ +0\/1 +Pending/.test(await run('get', 'pods', '-l', 'app=web', '--no-headers')),
      );
      await run('uncordon', 'node-1');
      await run('rollout', 'status', 'deployment/web', '--timeout=30s');
    });

    suite.test('creates each kind by its own command, and shows all of them', async (cluster) => {
      const { run } = await inNamespace(cluster, version);
      await run('create', 'deployment', 'd', '--image=host', '--replicas=0');
      await run('create', 'cronjob', 'c', '--image=host', '--schedule=0 0 1 1 *');
      await run('create', 'job', 'j', '--from=cronjob/c');
      await run('create', 'ingress', 'i', '--rule=example.com/*=web:80');
      const shown = await run('get', 'all', '-o', 'name');
      for (const name of ['deployment.apps/d', 'cronjob.batch/c', 'job.batch/j'])
        expect(shown).toContain(name);
      expect(await run('get', 'ingress', 'i', '--no-headers')).toMatch(/^i +<none> +example\.com +80 +\S+$/);
      expect(await run('cluster-info', 'dump')).toContain('"kind": "DeploymentList"');
    });
  });
}
