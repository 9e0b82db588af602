import { expect } from 'bun:test';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import { requireBubblewrap, requireCurl } from '../cluster/required-tools.ts';
import { shareNetwork } from './network-suite.ts';
import { ask, PORT, run, servers } from './podnet-cluster.ts';

requireBubblewrap();
requireCurl();
const suite = shareNetwork({ nodes: 2, flags: { 'kube-proxy': ['--proxy-mode', 'userspace'] } });

suite.test(
  'without nftables, too, pods reach the hub and each other, themselves among them, by virtual IPs',
  async (cluster) => {
    const namespace = await cluster.namespace('service');
    const pods = await servers(cluster, namespace, 'node-1', 'node-2');
    for (const { path } of pods)
      expectJson(await cluster.admin.patch(path, 'merge', { metadata: { labels: { in: 'service' } } }));
    const spec = { selector: { in: 'service' }, ports: [{ port: 80, targetPort: PORT }] };
    const service = await cluster.admin.post(`/api/v1/namespaces/${namespace}/services`, {
      metadata: { name: 'web' },
      spec,
    });
    const ip = expectJson(service, 201).spec.clusterIP;
    const account = '/var/run/secrets/kubernetes.io/serviceaccount';
    const version = `curl -sS --cacert ${account}/ca.crt https://kubernetes.default.svc/version`;
    for (const pod of pods) {
      const hub = await run(
        cluster,
        pod,
        'sh',
        '-c',
        'echo $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT',
      );
      expect(hub).toBe('10.96.0.1:443');
      await eventuallyPasses(async () => {
        expect(JSON.parse(await run(cluster, pod, 'sh', '-c', version))).toMatchObject({ major: '1' });
        for (let i = 0; i < 6; i += 1) expect(await ask(cluster, pod, `${ip}:80`)).toBe('answer to /x');
      });
    }
  },
);
