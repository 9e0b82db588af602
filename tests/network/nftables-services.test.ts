import { expect } from 'bun:test';
import { findNetworkTool } from '../../scripts/network/network-tool.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { declareServiceTests, shareServiceScene } from './services/declare-service-tests.ts';
import { ServiceUnderTest } from './services/service-objects.ts';
import { BACKEND_PORT, type ServiceScene } from './services/service-scene.ts';

const suite = shareServiceScene('nftables');
const targetPort = BACKEND_PORT;
const table = (scene: ServiceScene) => /^table ip kube-proxy \{[\s\S]*?^\}/m.exec(scene.ruleset())?.[0] ?? '';

suite.test(
  'clients keep their address under policy Local, and appear as the node under Cluster',
  async (scene, cluster) => {
    await scene.node.serve('n', BACKEND_PORT);
    const spec = { type: 'NodePort', ports: [{ port: 80, targetPort }] };
    const own = { address: scene.nodeAddress, nodeName: 'node-1' };
    const service = await ServiceUnderTest.create(
      cluster,
      { targetPort, spec: { ...spec, externalTrafficPolicy: 'Local' } },
      [own],
    );
    const client = (await eventually(async () => {
      const [told] = await scene.outside.ask(scene.nodeAddress, service.nodePort);
      return told?.name === 'n' ? told.from : undefined;
    })) as string;
    expect(client).toMatch(/^10\.77\.103\./);
    const plain = await ServiceUnderTest.create(cluster, { targetPort, spec }, scene.endpoints);
    await eventuallyPasses(async () => {
      const [told] = await scene.outside.ask(scene.nodeAddress, plain.nodePort);
      expect(told).toMatchObject({ from: scene.nodeAddress });
    });
    await scene.node.unserve(BACKEND_PORT);
  },
);

suite.test('a port that a Service does not have is refused at once', async (scene, cluster) => {
  const service = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
  await eventuallyPasses(async () => {
    for (const host of [scene.node, scene.outside]) {
      const [told] = await host.ask(service.clusterIP, 81);
      expect(told).toMatchObject({ error: 'ECONNREFUSED' });
    }
  });
});

suite.test('what somebody takes away or writes into the table is put right', async (scene, cluster) => {
  const service = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
  await eventually(async () => (await scene.node.names(service.clusterIP, 80)).size === 2);
  const nft = findNetworkTool('nft');
  for (const harm of [
    ['delete', 'table', 'ip', 'kube-proxy'],
    ['flush', 'chain', 'ip', 'kube-proxy', 'services'],
    ['flush', 'ruleset'],
  ]) {
    scene.onNode(nft, ...harm);
    await eventuallyPasses(async () => {
      expect((await scene.node.names(service.clusterIP, 80)).size).toBe(2);
    });
  }
  scene.onNode(nft, 'insert', 'rule', 'ip', 'kube-proxy', 'services', 'counter', 'drop');
  await eventually(() => !table(scene).includes('counter'));
  // A table of this name that is none of ours gives way, too.
  await cluster.kill9('kube-proxy-1');
  scene.onNode(nft, 'delete', 'table', 'ip', 'kube-proxy');
  scene.onNode(nft, 'add', 'table', 'ip', 'kube-proxy');
  scene.onNode(nft, 'add', 'set', 'ip', 'kube-proxy', 'cluster-ips', '{ type inet_service; }');
  scene.onNode(nft, 'add', 'chain', 'ip', 'kube-proxy', 'services');
  cluster.service('kube-proxy-1').start();
  await eventuallyPasses(async () => {
    expect((await scene.node.names(service.clusterIP, 80)).size).toBe(2);
  });
});

suite.test('chains that nothing leads to any more go', async (scene, cluster) => {
  const service = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
  const name = `${service.object.metadata.namespace}/web/`;
  await eventually(() => table(scene).includes(name));
  await service.delete();
  await eventually(async () => {
    // Deleted beside the next change.
    await ServiceUnderTest.create(cluster, { targetPort }, []);
    return !table(scene).includes(name);
  }, 20_000);
});

suite.test(
  'with --keep-rules-on-exit virtual IPs work on while kube-proxy is replaced',
  async (scene, cluster) => {
    await cluster.restart('kube-proxy-1', ['--keep-rules-on-exit']);
    const service = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
    await eventually(async () => (await scene.node.names(service.clusterIP, 80)).size === 2);
    const connection = await scene.outside.open(service.clusterIP, 80);
    const load = scene.node.load(service.clusterIP, 80, 3_000);
    await cluster.restart('kube-proxy-1');
    expect(Object.keys(await load).sort()).toEqual(['a', 'b']);
    expect(await connection.say('still')).toBe('still');
  },
);

suite.test(
  'connections survive a restart that takes the rules away and writes them anew',
  async (scene, cluster) => {
    const service = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
    await eventually(async () => (await scene.node.names(service.clusterIP, 80)).size === 2);
    const held = [
      await scene.node.open(service.clusterIP, 80),
      await scene.outside.open(service.clusterIP, 80),
    ];
    await cluster.restart('kube-proxy-1');
    await eventually(async () => (await scene.node.names(service.clusterIP, 80)).size === 2);
    for (const connection of held) expect(await connection.say('still')).toBe('still');
  },
);

declareServiceTests(suite, { mode: 'nftables', leftOvers: table });
