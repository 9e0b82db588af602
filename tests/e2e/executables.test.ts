import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { devNode, kubeProxyCommand, PROGRAMS } from '../../scripts/services.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { joined, joinLine, startNode } from '../cluster/joining-node.ts';
import { shellPod } from '../cluster/objects.ts';
import { isReady, logOf, podsIn, podThat } from '../cluster/pods.ts';

const checkout = join(import.meta.dir, '../..');
// A directory of its own, with no node_modules in it or above it.
const executables = mkdtempSync(join(tmpdir(), 'hawser-executables-'));

describe('a cluster of executables, elsewhere on disk', () => {
  beforeAll(async () => {
    const argv = [process.execPath, join(checkout, 'scripts/build.ts'), '--outdir', executables];
    const build = Bun.spawn(argv, { stdout: 'ignore', stderr: 'pipe' });
    const complaint = await build.stderr.text();
    if ((await build.exited) !== 0) throw new Error(`the build failed: ${complaint}`);
  }, 60_000);
  afterAll(() => rmSync(executables, { recursive: true }));
  const suite = shareCluster({ nodes: 1, nats: true, executables });

  suite.test('each app is a single file', async () => {
    expect(readdirSync(executables).sort()).toEqual(
      Object.values(PROGRAMS)
        .map(({ executable }) => executable)
        .sort(),
    );
  });

  suite.test('a node joins, a pod with a volume runs, its log is read, its end is seen', async (cluster) => {
    const namespace = await cluster.namespace();
    await cluster.kubectl(
      '1.36',
      '-n',
      namespace,
      'create',
      'secret',
      'generic',
      's',
      '--from-literal=word=sea',
    );
    const pod = shellPod('reader', 'cat /in/word; echo; exec sleep 3600', {
      container: { volumeMounts: [{ name: 'in', mountPath: '/in' }] },
      volumes: [{ name: 'in', secret: { secretName: 's' } }],
    });
    const { exitCode, stderr } = await cluster.kubectlWithInput(
      '1.36',
      stringify(pod),
      ...['-n', namespace, 'apply', '-f', '-'],
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const path = `${podsIn(namespace)}/reader`;
    await podThat(cluster, path, isReady);
    await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('sea\n'));
    const deletion = await cluster.kubectl(
      '1.36',
      '-n',
      namespace,
      'delete',
      'pod',
      'reader',
      '--timeout=20s',
    );
    expect(deletion).toMatchObject({ exitCode: 0 });
  });

  suite.test('a node joins by its one line: the other programs are beside the command', async (cluster) => {
    await using node = startNode(cluster, await joinLine(cluster), 'edge', '--node-ip', '127.0.1.9');
    await joined(node);
  });

  suite.test(
    'a kube-proxy beside the node says that it leaves the machine’s network alone',
    async (cluster) => {
      const node = devNode(1);
      cluster.add('kube-proxy-1', kubeProxyCommand(cluster.place, node)).start();
      const ask = async (port: number, path: string) => {
        const answer = await fetch(`http://${node.address}:${port}${path}`);
        return `${answer.status} ${await answer.text()}`;
      };
      await eventuallyPasses(async () => {
        expect(await ask(cluster.ports.kubeProxyMetrics, '/proxyMode')).toBe('200 none');
        expect(await ask(cluster.ports.kubeProxyHealth, '/healthz')).toContain('200 {"lastUpdated": ');
      });
    },
  );

  suite.test('the state survives a kill -9 of the hub', async (cluster) => {
    await cluster.admin.post('/api/v1/namespaces/default/configmaps', { metadata: { name: 'kept' } });
    await cluster.kill9('apiserver');
    await cluster.restart('apiserver');
    await cluster.hubReady();
    expect((await cluster.admin.get('/api/v1/namespaces/default/configmaps/kept')).status).toBe(200);
  });

  suite.test('no process has anything of the checkout in its memory', async (cluster) => {
    for (const name of ['apiserver', 'controller-manager', 'node-1', 'kube-proxy-1']) {
      const maps = readFileSync(`/proc/${cluster.service(name).pid}/maps`, 'latin1');
      expect(maps).toContain(executables);
      expect(maps).not.toContain(`${checkout}/`);
    }
  });

  suite.test('the command line works', async (cluster) => {
    expect(await cluster.hawser('token', 'generate')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^[a-z0-9]{6}\.[a-z0-9]{16}\n$/),
    });
  });
});
