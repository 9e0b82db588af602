import { describe, expect } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseClusterInfo } from '@hawser/client';
import { createCertificateAuthority } from '@hawser/pki';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import { freshDirectory, joined, joinLine, startNode, startNodeIn } from '../cluster/joining-node.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, podThat } from '../cluster/pods.ts';

const CLUSTER_INFO = '/api/v1/namespaces/kube-public/configmaps/cluster-info';

/** The processes that have a directory on their command line. */
function processesOf(directory: string): { pid: number; argv: string[] }[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const argv = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
        return argv.some((word) => word.includes(directory)) ? [{ pid: Number(entry), argv }] : [];
      } catch {
        // It has ended in between.
        return [];
      }
    });
}

const processOf = (directory: string, app: string) =>
  processesOf(directory).find(({ argv }) => argv.some((word) => word.includes(`/apps/${app}/src/`)));

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

describe('a node', () => {
  const suite = shareCluster({ controllerManager: true });

  suite.test('ends with its command, and goes on with the next, without a token', async (cluster) => {
    const directory = freshDirectory();
    const line = await joinLine(cluster);
    const named = ['edge-2', '--node-ip', '127.0.1.10'] as const;
    {
      await using node = startNodeIn(cluster, directory, line, ...named);
      await joined(node);
      expect(processesOf(directory)).toHaveLength(3);
    }
    expect(processesOf(directory)).toEqual([]);
    await using again = startNodeIn(cluster, directory, ['join'], ...named);
    await joined(again);
    expect(again.command.stderr).toContain('has joined https://127.0.0.1:');
    await using third = startNodeIn(cluster, directory, ['join'], ...named);
    const { exitCode, stderr } = await third.command.ended();
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('such as the node itself that runs already'),
    });
    await using renamed = startNodeIn(cluster, directory, line, 'edge-3');
    expect((await renamed.command.ended()).stderr).toContain('is that of node edge-2, which has joined');
  });

  suite.test('starts while the hub is away, and is Ready when that is back', async (cluster) => {
    const directory = freshDirectory();
    const named = ['edge-11', '--node-ip', '127.0.1.23'] as const;
    {
      await using node = startNodeIn(cluster, directory, await joinLine(cluster), ...named);
      await joined(node);
    }
    await cluster.service('apiserver').stop();
    try {
      await using again = startNodeIn(cluster, directory, ['join'], ...named);
      await eventuallyPasses(() => expect(again.command.stderr).toContain('join: the hub is away'));
      await eventuallyPasses(() => expect(processOf(directory, 'kubelet')).toBeDefined());
      await cluster.restart('apiserver');
      await cluster.hubReady();
      await joined(again);
    } finally {
      if (!cluster.service('apiserver').running) await cluster.restart('apiserver');
    }
  });

  suite.test('takes an address that nobody has where the hub is on this machine', async (cluster) => {
    await using node = startNode(cluster, await joinLine(cluster), 'edge-4');
    await joined(node);
    const { status } = expectJson(await cluster.admin.get('/api/v1/nodes/edge-4'));
    const [{ address }] = status.addresses.filter(({ type }: { type: string }) => type === 'InternalIP');
    expect(address).toMatch(/^127\.0\.1\./);
    expect(node.command.stderr).toContain(`node edge-4 has the address ${address}\n`);
  });

  suite.test('has its kubelet back when that is killed', async (cluster) => {
    await using node = startNode(cluster, await joinLine(cluster), 'edge-5', '--node-ip', '127.0.1.11');
    await joined(node);
    const before = processOf(node.directory, 'kubelet')!;
    process.kill(before.pid, 'SIGKILL');
    await eventuallyPasses(() => expect(node.command.stderr).toContain('join: kubelet ended (SIGKILL)'));
    await eventuallyPasses(() => {
      const pid = processOf(node.directory, 'kubelet')?.pid;
      expect(pid).toBeNumber();
      expect(pid).not.toBe(before.pid);
    }, 20_000);
  });

  suite.test(
    'trusts the CAs that the cluster publishes',
    async (cluster) => {
      await using node = startNode(cluster, await joinLine(cluster), 'edge-10', '--node-ip', '127.0.1.22');
      await joined(node);
      const bundle = cluster.layout.pki.ca.bundle;
      const before = readFileSync(bundle, 'utf8');
      const next = createCertificateAuthority({
        subject: { commonName: 'kubernetes' },
        notBefore: new Date(Date.now() - 60_000),
        notAfter: new Date(Date.now() + 3_600_000),
      });
      writeFileSync(bundle, before + next.certificatePem);
      try {
        const read = (file: string) => readFileSync(join(node.directory, file), 'utf8');
        await eventuallyPasses(() => expect(read('ca.crt')).toBe(before + next.certificatePem), 40_000);
        await eventuallyPasses(() =>
          expect(node.command.stderr).toContain(`join: ${node.directory}/ca.crt has other CAs now`),
        );
        // It names that file; with certificates besides kubectl would not take it.
        expect(read('kubelet.kubeconfig')).toContain(`certificate-authority: ${node.directory}/ca.crt`);
        expect(read('kubelet.kubeconfig')).not.toContain('certificate-authority-data');
        expect(statSync(join(node.directory, 'kubelet.kubeconfig')).mode & 0o777).toBe(0o600);
      } finally {
        writeFileSync(bundle, before);
        await eventuallyPasses(async () => {
          const { data } = expectJson(await cluster.admin.get(CLUSTER_INFO));
          expect(parseClusterInfo(data.kubeconfig).certificateAuthority).toBe(before);
        });
      }
      // The command looks every 20 seconds, and the hub publishes what its file says some seconds later.
    },
    120_000,
  );

  suite.test('ends when the flags for its kubelet make no sense', async (cluster) => {
    const line = await joinLine(cluster);
    await using node = startNode(cluster, line, 'edge-6', '--node-ip', '127.0.1.12', '--', '--nonsense');
    const { exitCode, stderr } = await node.command.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('unknown flag: --nonsense');
    expect(stderr).toContain('hawser: kubelet does not take its command line');
    expect(processesOf(node.directory)).toEqual([]);
  });

  suite.test('can be made ready for others to run its programs', async (cluster) => {
    const directory = freshDirectory();
    const line = await joinLine(cluster);
    const own = ['--root-dir', directory, '--node-name', 'edge-7', '--node-ip', '127.0.1.13', '--write-only'];
    const { exitCode, stdout } = await cluster.hawser(...line, ...own);
    expect(exitCode).toBe(0);
    const commands = stdout.trim().split('\n');
    expect(commands).toHaveLength(2);
    expect(commands[0]).toContain(`--bootstrap-kubeconfig ${directory}/bootstrap.kubeconfig`);
    expect(stdout).not.toContain(line[3]!);
    expect(statSync(join(directory, 'bootstrap.kubeconfig')).mode & 0o777).toBe(0o600);
  });

  suite.test('joins by a file that says where the hub is', async (cluster) => {
    const token = (await cluster.hawser('token', 'create', '--usages', 'authentication')).stdout.trim();
    const line = ['join', '--discovery-file', cluster.kubeconfig('discovery', {}), '--token', token];
    await using node = startNode(cluster, line, 'edge-8', '--node-ip', '127.0.1.14');
    await joined(node);
  });

  suite.test('believes the token alone when that is said, and warns', async (cluster) => {
    const [join, endpoint, flag, token] = await joinLine(cluster);
    const line = [join!, endpoint!, flag!, token!, '--discovery-token-unsafe-skip-ca-verification'];
    await using node = startNode(cluster, line, 'edge-9', '--node-ip', '127.0.1.15');
    await joined(node);
    expect(node.command.stderr).toContain('join: WARNING: the CA is not pinned');
  });

  suite.test('does not join', async (cluster) => {
    await using taken = startNode(cluster, await joinLine(cluster), 'taken', '--node-ip', '127.0.1.16');
    await joined(taken);
    const refusal = async (line: readonly string[], name: string) => {
      await using node = startNode(cluster, line, name, '--node-ip', '127.0.1.17');
      const { exitCode, stderr } = await node.command.ended();
      expect(exitCode).toBe(1);
      expect(existsSync(join(node.directory, 'bootstrap.kubeconfig'))).toBe(false);
      return stderr;
    };
    const line = await joinLine(cluster);
    expect(await refusal(line, 'taken')).toContain(
      'a Node with name "taken" and status "Ready" already exists',
    );

    const foreign = line.with(-1, `sha256:${'0'.repeat(64)}`);
    expect(await refusal(foreign, 'other-ca')).toContain('hawser: unknown CA');

    const wrongSecret = line.with(3, `${line[3]!.split('.')[0]}.0123456789abcdef`);
    expect(await refusal(wrongSecret, 'wrong-secret')).toContain('not signed with this token');

    const signing = (await cluster.hawser('token', 'create', '--usages', 'signing')).stdout.trim();
    expect(await refusal(line.with(3, signing), 'no-auth')).toContain('the hub does not take this token');

    expect(await cluster.hawser('token', 'delete', line[3]!)).toMatchObject({ exitCode: 0 });
    const gone = await refusal(line, 'deleted');
    expect(gone).toContain('is unknown to this cluster, is not for signing, or has expired');
    expect(gone).not.toContain(line[3]!.split('.')[1]!);
  });
});

describe('where nodes are approved by hand, a node', () => {
  const suite = shareCluster({
    controllerManager: true,
    flags: { 'controller-manager': ['--controllers', '*,-certificatesigningrequest-approving-controller'] },
  });
  /** The request that is made with the token of a line. */
  const pendingRequest = (cluster: Cluster, line: readonly string[]) =>
    eventually(async () => {
      const { stdout } = await cluster.kubectl('1.36', 'get', 'csr');
      const requestor = `system:bootstrap:${line[3]!.split('.')[0]}`;
      return stdout
        .split('\n')
        .find((row) => row.includes(requestor) && row.endsWith('Pending'))
        ?.split(' ')[0];
    });

  suite.test('waits, and joins when it is approved', async (cluster) => {
    const line = await joinLine(cluster);
    await using node = startNode(cluster, line, 'edge-1', '--node-ip', '127.0.1.18');
    await cluster.kubectl('1.36', 'certificate', 'approve', await pendingRequest(cluster, line));
    await joined(node);
  });

  suite.test('is told that it was denied', async (cluster) => {
    const line = await joinLine(cluster);
    await using node = startNode(cluster, line, 'edge-2', '--node-ip', '127.0.1.19');
    const name = await pendingRequest(cluster, line);
    await cluster.kubectl('1.36', 'certificate', 'deny', name);
    const { exitCode, stderr } = await node.command.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`hawser: the certificate request ${name} of this node was denied: KubectlDeny`);
    expect(processesOf(node.directory)).toEqual([]);
  });

  suite.test('is told that its token has gone meanwhile', async (cluster) => {
    const line = await joinLine(cluster);
    await using node = startNode(cluster, line, 'edge-3', '--node-ip', '127.0.1.20');
    await pendingRequest(cluster, line);
    await cluster.hawser('token', 'delete', line[3]!);
    const { exitCode, stderr } = await node.command.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('hawser: the hub does not take the token any more');
  });
});
