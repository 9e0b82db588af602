import { expect } from 'bun:test';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { requireBubblewrap } from '../cluster/required-tools.ts';

requireBubblewrap();
const suite = shareCluster({ nodes: 1 });

suite.test(
  'kubectl run -i --rm shows every line once, gives input, and ends as the container did',
  async (cluster) => {
    const namespace = await cluster.namespace();
    const script = 'echo first; while read line; do echo "got $line"; done; exit 3';
    const flags = ['--image=host', '--restart=Never', '-i', '--rm', '--attach', '--quiet', '--command'];
    const command = ['-n', namespace, 'run', 'a', ...flags, '--', 'sh', '-c', script];
    const { stdout, exitCode } = await cluster.kubectlWithInput('1.36', 'one\ntwo\n', ...command);
    const lines = stdout.split('\n').filter((line) => /^(first|got)/.test(line));
    expect({ lines, exitCode }).toEqual({ lines: ['first', 'got one', 'got two'], exitCode: 3 });
  },
);
