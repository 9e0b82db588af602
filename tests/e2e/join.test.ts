import { afterAll, describe, expect } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopContainers } from '../../scripts/dev/stop-containers.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, podThat } from '../cluster/pods.ts';
import type { RunningCommand } from '../cluster/running-command.ts';

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hawser-test-join-'));
  directories.push(directory);
  return directory;
}

/** The line that `--print-join-command` prints, as words after `hawser`. */
async function joinLine(cluster: Cluster, ...flags: string[]): Promise<string[]> {
  const created = await cluster.hawser('token', 'create', '--print-join-command', ...flags);
  expect(created).toMatchObject({ exitCode: 0, stderr: '' });
  expect(created.stdout).toMatch(
    /^hawser join 127\.0\.0\.1:\d+ --token [a-z0-9]{6}\.[a-z0-9]{16} --discovery-token-ca-cert-hash sha256:[0-9a-f]{64}\n$/,
  );
  return created.stdout.trim().split(' ').slice(1);
}

interface JoiningNode extends AsyncDisposable {
  readonly command: RunningCommand;
  readonly directory: string;
}

/** What somebody types on the node: the printed line, and what the node is called and where it lives. */
function startNode(cluster: Cluster, line: readonly string[], name: string, ...more: string[]): JoiningNode {
  const directory = freshDirectory();
  return startNodeIn(cluster, directory, line, name, ...more);
}

function startNodeIn(
  cluster: Cluster,
  directory: string,
  line: readonly string[],
  name: string,
  ...more: string[]
): JoiningNode {
  const own = ['--node-name', name, '--root-dir', directory];
  const command = cluster.startHawser(...line, ...own, ...more);
  return {
    command,
    directory,
    async [Symbol.asyncDispose]() {
      command.terminate();
      await command.ended();
      await stopContainers(directory);
    },
  };
}

for (const egress of ['direct', 'konnectivity'] as const)
  describe(`a hub that reaches nodes by ${egress}`, () => {
    const suite = shareCluster({ controllerManager: true, egress });

    suite.test('has one more node when the printed line has been pasted on it', async (cluster) => {
      await using node = startNode(cluster, await joinLine(cluster), 'edge-1', '--node-ip', '127.0.1.9');
      await eventuallyPasses(async () => {
        const { stdout } = await cluster.kubectl('1.36', 'get', 'nodes', '-o', 'wide');
        expect(stdout, node.command.stderr).toMatch(/^edge-1 +Ready .* 127\.0\.1\.9 /m);
      }, 30_000);
      const namespace = await cluster.namespace();
      const path = await createPod(cluster, namespace, shellPod('a', 'echo hello; exec sleep 3600'));
      expect((await podThat(cluster, path, isReady)).spec.nodeName).toBe('edge-1');
      await eventuallyPasses(async () => {
        const logs = await cluster.kubectl('1.36', '-n', namespace, 'logs', 'a');
        expect(logs).toMatchObject({ exitCode: 0, stdout: 'hello\n' });
      }, 20_000);
      const echo = await cluster.kubectl('1.36', '-n', namespace, 'exec', 'a', '--', 'echo', 'there');
      expect(echo).toMatchObject({ exitCode: 0, stdout: 'there\n' });
      await eventuallyPasses(() =>
        expect(node.command.stderr).toContain(
          'join: this node has joined the cluster: Node edge-1 is Ready\n',
        ),
      );
      for (const file of ['bootstrap.kubeconfig', 'kubelet.kubeconfig'])
        expect(statSync(join(node.directory, file)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(node.directory, 'ca.crt'), 'utf8')).toBe(
        readFileSync(cluster.layout.pki.ca.certificate, 'utf8'),
      );
      expectJson(await cluster.admin.delete(path));
    });
  });
