import { describe, expect } from 'bun:test';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually } from '../cluster/eventually.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, podThat } from '../cluster/pods.ts';
import { ALL_KUBECTL_VERSIONS, type KubectlVersion, requireBubblewrap } from '../cluster/required-tools.ts';

requireBubblewrap();
const suite = shareCluster({ nodes: 1 });

let talker: Promise<string> | undefined;

/** The namespace of a pod `a` that runs and can be spoken with. */
function pod(cluster: Cluster): Promise<string> {
  talker ??= (async () => {
    const namespace = await cluster.namespace();
    const script = 'echo started; while read line; do echo "heard $line"; done; exec sleep 3600';
    const path = await createPod(cluster, namespace, shellPod('a', script, { container: { stdin: true } }));
    await podThat(cluster, path, isReady);
    return namespace;
  })();
  return talker;
}

const exec = async (cluster: Cluster, version: KubectlVersion, stdin: string, ...args: string[]) =>
  cluster.kubectlWithInput(version, stdin, '-n', await pod(cluster), 'exec', ...args);

for (const version of ALL_KUBECTL_VERSIONS)
  describe(`kubectl ${version} exec`, () => {
    suite.test('keeps stdout and stderr apart and ends with the exit code', async (cluster) => {
      const result = await exec(
        cluster,
        version,
        '',
        'a',
        '--',
        'sh',
        '-c',
        'echo out; echo err >&2; exit 3',
      );
      expect(result).toEqual({
        stdout: 'out\n',
        stderr: 'err\ncommand terminated with exit code 3\n',
        exitCode: 3,
      });
    });

    suite.test('hands on stdin and its end', async (cluster) => {
      const text = 'line\n'.repeat(50_000);
      const { stdout, exitCode } = await exec(cluster, version, text, '-i', 'a', '--', 'sha256sum');
      expect(exitCode).toBe(0);
      expect(stdout.split(' ')[0]).toBe(createHash('sha256').update(text).digest('hex'));
    });

    suite.test('shows every byte of a large output', async (cluster) => {
      const command = 'head -c 20000000 /dev/zero | tr "\\0" x';
      const { stdout, exitCode } = await exec(cluster, version, '', 'a', '--', 'sh', '-c', command);
      expect({ exitCode, length: stdout.length }).toEqual({ exitCode: 0, length: 20_000_000 });
    });

    suite.test('says what is wrong', async (cluster) => {
      const missing = await exec(cluster, version, '', 'a', '--', '/no/such/command');
      expect(missing.exitCode).not.toBe(0);
      const other = await exec(cluster, version, '', 'a', '-c', 'other', '--', 'true');
      expect(other.stderr).toContain('container other is not valid for pod a');
    });

    suite.test('has a terminal with the size of the client’s', async (cluster) => {
      const namespace = await pod(cluster);
      // The size is told after the command has begun.
      const script = 'until stty size | grep 101; do sleep 0.05; done; tty; read x; echo got $x; exit 4';
      const { output, exitCode } = await cluster.kubectlOnTerminal(
        version,
        'hi\r',
        ...['-n', namespace, 'exec', '-it', 'a', '--', 'sh', '-c', script],
      );
      expect(output).toMatch(/33 101/);
      expect(output).toMatch(/\/dev\/pts\/\d+/);
      expect(output).toMatch(/got hi/);
      expect(exitCode).toBe(4);
    });

    suite.test('copies files both ways', async (cluster) => {
      const namespace = await pod(cluster);
      const directory = mkdtempSync(join(tmpdir(), 'hawser-cp-'));
      const bytes = crypto.getRandomValues(new Uint8Array(65_536));
      writeFileSync(join(directory, 'there'), bytes);
      const there = await cluster.kubectl(
        version,
        '-n',
        namespace,
        'cp',
        join(directory, 'there'),
        `a:/tmp/${version}`,
      );
      expect(there).toMatchObject({ exitCode: 0 });
      const back = await cluster.kubectl(
        version,
        '-n',
        namespace,
        'cp',
        `a:/tmp/${version}`,
        join(directory, 'back'),
      );
      expect(back).toMatchObject({ exitCode: 0 });
      expect(readFileSync(join(directory, 'back')).equals(bytes)).toBe(true);
      rmSync(directory, { recursive: true });
    });

    suite.test('attach speaks with the command that runs', async (cluster) => {
      const namespace = await pod(cluster);
      await using attached = cluster.startKubectlWithInput(
        version,
        `${version}\n`,
        ...['-n', namespace, 'attach', '-i', 'a'],
      );
      await eventually(() => attached.stdout.includes(`heard ${version}`));
    });

    suite.test('port-forward carries connections to the pod', async (cluster) => {
      const namespace = await pod(cluster);
      await podThat(cluster, await echoPod(cluster, namespace), isReady);
      await using forward = cluster.startKubectl(version, '-n', namespace, 'port-forward', 'echo', ':7007');
      const local = await eventually(
        () => Number(/127\.0\.0\.1:(\d+) ->/.exec(forward.stdout)?.[1]) || undefined,
      );
      for (let round = 0; round < 3; round += 1)
        expect(await echoed(local, `round ${round}`)).toBe(`round ${round}`);
    });
  });

let echo: Promise<string> | undefined;

/** The path of a pod that sends back what it hears on port 7007. */
function echoPod(cluster: Cluster, namespace: string): Promise<string> {
  const script = [
    'use IO::Socket::INET;',
    '$SIG{CHLD} = "IGNORE";',
    '$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 7007, Listen => 9) or die $!;',
    'while ($c = $s->accept) { if (fork) { close $c; next } while (sysread $c, $b, 65536) { print $c $b; $c->flush } exit }',
  ];
  echo ??= createPod(cluster, namespace, shellPod('echo', `exec perl -e '${script.join(' ')}'`));
  return echo;
}

/** What comes back from an echoing server. */
async function echoed(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.end(text);
  await once(socket, 'end');
  return Buffer.concat(chunks).toString();
}
