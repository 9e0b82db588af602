import { expect } from 'bun:test';
import { hubAddress, nodeAddress } from '../../scripts/network/addresses.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import type { NetworkedCluster, NetworkSuite } from './network-suite.ts';
import { ask, callHub, onNode, PORT, run, servers } from './podnet-cluster.ts';
import { flowsWith } from './read-packets.ts';

/** A Service of some pods. @returns its virtual IP. */
async function serviceOf(cluster: NetworkedCluster, namespace: string, spec: object): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/services`;
  const body = { metadata: { name: 'web' }, spec: { ports: [{ port: 80, targetPort: PORT }], ...spec } };
  return expectJson(await cluster.admin.post(path, body), 201).spec.clusterIP;
}

/** Whether a node's bridges obey packet filters (br_netfilter), where its kernel can have them do so at all. */
function setBridgeFilter(cluster: NetworkedCluster, node: string, isOn: boolean): void {
  const setting = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  onNode(cluster, node, 'sh', '-c', `[ ! -e ${setting} ] || echo ${isOn ? 1 : 0} >${setting}`);
}

/** Declares what holds for pods with addresses of their own, however kube-proxy makes virtual IPs work. */
export function declarePodServiceTests(suite: NetworkSuite): void {
  suite.test(
    'a pod calls the hub by its virtual IP, over a wire on which only TLS is seen, and RBAC decides',
    async (cluster) => {
      const namespace = await cluster.namespace('caller');
      const [pod] = await servers(cluster, namespace, 'node-1');
      expect(
        await run(cluster, pod!, 'sh', '-c', 'echo $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT'),
      ).toBe('10.96.0.1:443');
      expect(await run(cluster, pod!, 'cat', '/etc/hosts')).toContain('10.96.0.1\tkubernetes.default.svc');
      const token = await run(cluster, pod!, 'cat', '/var/run/secrets/kubernetes.io/serviceaccount/token');
      await eventuallyPasses(async () => {
        const api = JSON.parse(await run(cluster, pod!, 'sh', '-c', callHub('/api')));
        expect(api).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
      });
      // From here on: kube-proxy has come to serve the address.
      await using capture = await cluster.network.capture('node-1', cluster.place.home);
      const pods = () => run(cluster, pod!, 'sh', '-c', callHub(`/api/v1/namespaces/\${NAMESPACE}/pods`));
      const user = `system:serviceaccount:${namespace}:default`;
      expect(JSON.parse(await pods())).toMatchObject({
        code: 403,
        message: expect.stringContaining(`User "${user}" cannot list resource "pods"`),
      });
      const bindings = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
      const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace }];
      expectJson(await cluster.admin.post(bindings, { metadata: { name: 'view' }, roleRef, subjects }), 201);
      expect(JSON.parse(await pods()).items).toHaveLength(1);
      const packets = await capture.end();
      expect(flowsWith(packets, token.slice(0, 40))).toEqual([]);
      expect(flowsWith(packets, user)).toEqual([]);
      // The address of the Service, and of the pod, stay on the node.
      const hub = `${hubAddress('netns')}:${cluster.ports.hub}`;
      const toHub = packets.filter(({ destination }) => destination === hub);
      expect(toHub.length).toBeGreaterThan(0);
      expect(toHub.filter(({ source }) => !source.startsWith(`${nodeAddress(1, 'netns')}:`))).toEqual([]);
      expect(packets.filter(({ destination }) => destination.startsWith('10.96.'))).toEqual([]);
    },
  );

  suite.test(
    'a Service of pods on two nodes is reached from each of them, and from others',
    async (cluster) => {
      const namespace = await cluster.namespace('service');
      const pods = await servers(cluster, namespace, 'node-1', 'node-2', 'node-1');
      for (const { path } of pods)
        expectJson(await cluster.admin.patch(path, 'merge', { metadata: { labels: { in: 'service' } } }));
      const ip = await serviceOf(cluster, namespace, { selector: { in: 'service' } });
      const [caller] = await servers(cluster, await cluster.namespace('other'), 'node-2');
      for (const from of [...pods, caller!])
        await eventuallyPasses(async () => {
          for (let i = 0; i < 6; i += 1) expect(await ask(cluster, from, `${ip}:80`)).toBe('answer to /x');
        });
    },
  );

  for (const isOn of [true, false])
    suite.test(
      `a pod reaches itself and its neighbour through a Service where bridges ${isOn ? 'obey' : 'pass by'} packet filters`,
      async (cluster) => {
        setBridgeFilter(cluster, 'node-1', isOn);
        const namespace = await cluster.namespace('itself');
        const [pod, neighbour] = await servers(cluster, namespace, 'node-1', 'node-1');
        const ip = await serviceOf(cluster, namespace, { selector: { app: pod!.name } });
        for (const from of [pod!, neighbour!])
          await eventuallyPasses(async () =>
            expect(await ask(cluster, from, `${ip}:80`)).toBe('answer to /x'),
          );
      },
    );
}
