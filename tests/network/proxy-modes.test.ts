import { expect } from 'bun:test';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Argv, devNode, kubeProxyCommand } from '../../scripts/services.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import type { NetworkedCluster } from './network-suite.ts';
import { shareServiceScene } from './services/declare-service-tests.ts';
import { ServiceUnderTest } from './services/service-objects.ts';
import { BACKEND_PORT, type ServiceScene } from './services/service-scene.ts';

const { test } = shareServiceScene('auto');
const targetPort = BACKEND_PORT;

/** Ends the node's kube-proxy as power loss would, and starts it by another command. */
async function startAs(
  cluster: NetworkedCluster,
  scene: ServiceScene,
  prefix: Argv,
  flags: Argv = [],
): Promise<void> {
  await cluster.kill9('kube-proxy-1');
  const command = kubeProxyCommand(cluster.place, devNode(1, 'netns'));
  cluster
    .add('kube-proxy-1', [...prefix, ...command, '--nftables-min-sync-period', '50ms', ...flags])
    .start();
  await eventually(() => /^[a-z]+$/.test(scene.asked('/proxyMode')));
}

/** A directory with an nft that refuses. */
function refusingNft({ place }: NetworkedCluster): string {
  const directory = join(place.home, 'refusing');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'nft');
  writeFileSync(path, '#!/bin/sh\necho "nft: Operation not permitted" >&2\nexit 1\n');
  chmodSync(path, 0o755);
  return directory;
}

test('auto is nftables where nft may; userspace where nft refuses; each removes what the other has left', async (scene, cluster) => {
  const service = await ServiceUnderTest.create(cluster, { targetPort }, scene.endpoints);
  const works = () =>
    eventuallyPasses(async () => {
      expect((await scene.node.names(service.clusterIP, 80)).size).toBe(2);
    });
  await works();
  expect(scene.asked('/proxyMode')).toBe('nftables');
  const refusing = `PATH=${refusingNft(cluster)}:/usr/sbin:/usr/bin:/sbin:/bin`;
  await startAs(cluster, scene, ['env', refusing]);
  expect(scene.asked('/proxyMode')).toBe('userspace');
  expect(cluster.service('kube-proxy-1').log()).toContain('Operation not permitted');
  await eventually(() => scene.addresses().includes(`${service.clusterIP}/32`));
  await startAs(cluster, scene, []);
  expect(scene.asked('/proxyMode')).toBe('nftables');
  await works();
  expect(scene.addresses()).not.toContain('lo:kube-proxy');
  await startAs(cluster, scene, [], ['--proxy-mode', 'userspace']);
  await works();
  await eventually(() => !scene.ruleset().includes('table ip kube-proxy'));
  await startAs(cluster, scene, []);
});

test('without the right to change the network auto is none, and says so; what is asked for then ends it', async (scene, cluster) => {
  const before = scene.ruleset() + scene.addresses();
  await startAs(cluster, scene, ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin']);
  expect(scene.asked('/proxyMode')).toBe('none');
  expect(cluster.service('kube-proxy-1').log()).toContain('virtual IPs are not served on this node');
  await cluster.service('kube-proxy-1').stop();
  expect(scene.ruleset() + scene.addresses()).toBe(before);
  cluster.service('kube-proxy-1').start(['--proxy-mode', 'nftables']);
  await eventually(() => !cluster.service('kube-proxy-1').running);
  expect(cluster.service('kube-proxy-1').exitCode).toBe(1);
  expect(cluster.service('kube-proxy-1').log()).toContain('--proxy-mode nftables is not possible here');
});
