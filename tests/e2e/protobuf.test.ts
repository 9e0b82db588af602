import { describe, expect } from 'bun:test';
import { stringify } from 'yaml';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { shellPod } from '../cluster/objects.ts';

/**
 * kubectl's typed verbs are client-go's typed clients, which ask for protobuf first; what they print was decoded by
 * upstream's own codec. The log of -v=8 tells in what they were answered.
 */
const suite = shareCluster({ nodes: 1 });
const ANSWERED = 'application/vnd.kubernetes.protobuf';

describe('kubectl 1.36 is answered in protobuf, and understands', () => {
  const cases: { args: string[]; prints: RegExp; type?: string }[] = [
    { args: ['auth', 'can-i', 'create', 'pods'], prints: /^yes$/m },
    { args: ['auth', 'whoami'], prints: /^Username +kubernetes-admin/m },
    { args: ['create', 'configmap', 'made', '--from-literal=a=b'], prints: /^configmap\/made created$/m },
    { args: ['create', 'token', 'default'], prints: /^ey/ },
    { args: ['events'], prints: /Normal +Scheduled +Pod\/p/ },
    { args: ['describe', 'pod', 'p'], prints: /Successfully assigned \S+ to node-1/ },
    { args: ['describe', 'node', 'node-1'], prints: /^Non-terminated Pods: +\(\d+ in total\)$/m },
    {
      args: ['run', 'r', '--image=host', '--restart=Never', '--attach', '--command', '--', '/bin/true'],
      prints: /^/,
      type: `${ANSWERED};stream=watch`,
    },
    { args: ['drain', 'node-1', '--force', '--ignore-daemonsets'], prints: /^pod\/p evicted$/m },
    { args: ['uncordon', 'node-1'], prints: /^node\/node-1 uncordoned$/m },
  ];

  suite.test('on every typed verb, on watches too', async (cluster) => {
    const namespace = await cluster.namespace();
    const inNamespace = (...args: string[]) => cluster.kubectl('1.36', '-n', namespace, ...args);
    const pod = stringify(shellPod('p', 'exec sleep 3600'));
    expect((await cluster.kubectlWithInput('1.36', pod, '-n', namespace, 'apply', '-f', '-')).exitCode).toBe(
      0,
    );
    expect((await inNamespace('wait', '--for=condition=Ready', 'pod/p')).exitCode).toBe(0);
    for (const { args, prints, type = ANSWERED } of cases) {
      const { stdout, stderr, exitCode } = await inNamespace('-v=8', ...args);
      expect([args, exitCode, stderr.split('\n').at(-2)]).toEqual([args, 0, expect.anything()]);
      expect(stdout).toMatch(prints);
      expect([args, typesOfAnswers(stderr)]).toEqual([args, expect.arrayContaining([type])]);
    }
  });
});

/** The media types that a log of kubectl's requests says they were answered in. */
function typesOfAnswers(log: string): string[] {
  const heads = log.matchAll(/ "Response" status="[^"]*" headers=<\n((?:\t.*\n)*)/g);
  return [...heads].flatMap(([, head = '']) => /^\tContent-Type: (.*)$/m.exec(head)?.[1] ?? []);
}
