import { expect } from 'bun:test';
import { hubAddress } from '../../scripts/network/addresses.ts';
import { requireBubblewrap, requireCurl } from '../cluster/required-tools.ts';
import { shareNetwork } from './network-suite.ts';
import { callHub, run, servers } from './podnet-cluster.ts';

requireBubblewrap();
requireCurl();
const suite = shareNetwork({ nodes: 1, flags: { 'kube-proxy': ['--proxy-mode', 'none'] } });

suite.test(
  'without virtual IPs a pod calls the hub by its real address, under its names',
  async (cluster) => {
    const [pod] = await servers(cluster, await cluster.namespace('none'), 'node-1');
    const variables = await run(
      cluster,
      pod!,
      'sh',
      '-c',
      'echo $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT',
    );
    expect(variables).toBe(`${hubAddress('netns')}:${cluster.ports.hub}`);
    const script = callHub('/api', 'https://kubernetes.default.svc:$KUBERNETES_SERVICE_PORT');
    expect(JSON.parse(await run(cluster, pod!, 'sh', '-c', script))).toMatchObject({ kind: 'APIVersions' });
  },
);
