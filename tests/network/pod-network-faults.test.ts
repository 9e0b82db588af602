import { expect } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeLayout } from '@hawser/config';
import { findNetworkTool } from '../../scripts/network/network-tool.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import { isReady, podThat } from '../cluster/pods.ts';
import { requireBubblewrap } from '../cluster/required-tools.ts';
import { type NetworkedCluster, shareNetwork } from './network-suite.ts';
import { ask, onNode, PORT, type RunningPod, servers } from './podnet-cluster.ts';

requireBubblewrap();
const suite = shareNetwork({ nodes: 2 });
const ip = findNetworkTool('ip');

interface Holder {
  readonly pid: number;
  readonly link: string;
}

/** Who holds the network namespaces of a node's pods, by the pods' names and namespaces. */
function holders({ place }: NetworkedCluster, node: string): Map<string, Holder> {
  const directory = join(nodeLayout(place.home, node).directory, 'runtime/sandboxes');
  const records = readdirSync(directory).map((id) =>
    JSON.parse(readFileSync(join(directory, id, 'sandbox.json'), 'utf8')),
  );
  const living = records.filter(({ network, stopped }) => network !== undefined && !stopped);
  return new Map(
    living.map(({ config: { metadata }, network }) => [
      `${metadata.namespace}/${metadata.name}`,
      { pid: network.holder.pid, link: network.link },
    ]),
  );
}

/** The names of a node's links to pods. */
function podLinks(cluster: NetworkedCluster, node: string): string[] {
  const links = JSON.parse(onNode(cluster, node, ip, '-j', 'link', 'show', 'type', 'veth'));
  return links.map(({ ifname = '' }) => ifname).filter((name: string) => name.startsWith('veth'));
}

/** Whether a process lives; one that has ended, and that nobody has collected yet, does not. */
function isThere(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, 'latin1'));
}

/** A pod whose network is there only as long as its own processes are. */
async function remove(cluster: NetworkedCluster, { path }: RunningPod): Promise<void> {
  await cluster.admin.delete(path, { gracePeriodSeconds: 0 });
}

suite.test('a pod that is deleted leaves no link, no process and no address behind', async (cluster) => {
  const namespace = await cluster.namespace('gone');
  const [pod] = await servers(cluster, namespace, 'node-1');
  const { pid, link } = holders(cluster, 'node-1').get(`${namespace}/web-0`)!;
  expect(podLinks(cluster, 'node-1')).toContain(link);
  await remove(cluster, pod!);
  await eventually(() => !isThere(pid) && !podLinks(cluster, 'node-1').includes(link));
  await eventually(() => !holders(cluster, 'node-1').has(`${namespace}/web-0`));
});

suite.test(
  'kill -9 of the kubelet: pods keep their network, and others get none of their addresses',
  async (cluster) => {
    const namespace = await cluster.namespace('kept');
    const [pod, leaving, asking] = await servers(cluster, namespace, 'node-1', 'node-1', 'node-2');
    const before = holders(cluster, 'node-1');
    const left = before.get(`${namespace}/${leaving!.name}`)!;
    await cluster.kill9('node-1');
    expect(await ask(cluster, asking!, `${pod!.ip}:${PORT}`)).toBe('answer to /x');
    await remove(cluster, leaving!);
    // Of a pod that was made when the kubelet was killed, before it wrote that down.
    const stray = 'vethstray';
    onNode(cluster, 'node-1', ip, 'link', 'add', stray, 'type', 'veth', 'peer', 'name', 'strayer');
    onNode(cluster, 'node-1', ip, 'link', 'set', stray, 'master', 'cbr0');
    await cluster.restart('node-1');
    await cluster.nodeReady('node-1');
    await eventually(() => !isThere(left.pid) && !podLinks(cluster, 'node-1').includes(left.link));
    await eventually(() => !podLinks(cluster, 'node-1').includes(stray));
    const { status } = expectJson(await cluster.admin.get(pod!.path));
    expect(status.podIP).toBe(pod!.ip);
    expect(holders(cluster, 'node-1').get(`${namespace}/${pod!.name}`)).toEqual(
      before.get(`${namespace}/${pod!.name}`)!,
    );
    const [next] = await servers(cluster, await cluster.namespace('next'), 'node-1');
    expect(next!.ip).not.toBe(pod!.ip);
    for (const target of [pod!, next!])
      expect(await ask(cluster, asking!, `${target.ip}:${PORT}`)).toBe('answer to /x');
  },
);

suite.test('a pod that loses its network is started again, with another', async (cluster) => {
  const namespace = await cluster.namespace('lost');
  const [pod, asking] = await servers(cluster, namespace, 'node-1', 'node-2');
  process.kill(holders(cluster, 'node-1').get(`${namespace}/${pod!.name}`)!.pid, 'SIGKILL');
  const again = await podThat(
    cluster,
    pod!.path,
    (seen) => isReady(seen) && seen.status.podIP !== pod!.ip,
    30_000,
  );
  expect(await ask(cluster, asking!, `${again.status.podIP}:${PORT}`)).toBe('answer to /x');
});

suite.test(
  'links that somebody has taken away are made again, at the latest when the kubelet starts',
  async (cluster) => {
    const namespace = await cluster.namespace('routes');
    const [pod, asking] = await servers(cluster, namespace, 'node-1', 'node-2');
    const { link } = holders(cluster, 'node-2').get(`${namespace}/${asking!.name}`)!;
    for (const [node, name] of [
      ['node-2', 'hawser.1'],
      ['node-2', link],
      ['node-1', 'cbr0'],
    ] as const)
      onNode(cluster, node, ip, 'link', 'delete', name);
    for (const node of ['node-1', 'node-2']) await cluster.kill9(node);
    for (const node of ['node-1', 'node-2']) await cluster.restart(node);
    await eventuallyPasses(async () => {
      expect(await ask(cluster, asking!, `${pod!.ip}:${PORT}`)).toBe('answer to /x');
    });
  },
);

suite.test('a pod that is in the way of its own link takes no other pod’s network', async (cluster) => {
  const namespace = await cluster.namespace('inway');
  const [pod] = await servers(cluster, namespace, 'node-1');
  const { pid, link } = holders(cluster, 'node-1').get(`${namespace}/${pod!.name}`)!;
  const inside = (...args: string[]) =>
    onNode(cluster, 'node-1', 'nsenter', `--net=/proc/${pid}/ns/net`, ip, ...args);
  // As a pod with NET_ADMIN may.
  inside('link', 'delete', 'eth0');
  inside('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'other');
  await cluster.kill9('node-1');
  await cluster.restart('node-1');
  await cluster.nodeReady('node-1');
  const [next] = await servers(cluster, await cluster.namespace('next'), 'node-1');
  const [asking] = await servers(cluster, await cluster.namespace('asking'), 'node-2');
  expect(await ask(cluster, asking!, `${next!.ip}:${PORT}`)).toBe('answer to /x');
  inside('link', 'delete', 'eth0');
  await cluster.kill9('node-1');
  await cluster.restart('node-1');
  await eventually(() => podLinks(cluster, 'node-1').includes(link));
  await eventuallyPasses(async () => {
    expect(await ask(cluster, asking!, `${pod!.ip}:${PORT}`)).toBe('answer to /x');
  });
});

suite.test('a node that is stopped in order leaves nothing of its pods’ network', async (cluster) => {
  await servers(cluster, await cluster.namespace('stopped'), 'node-2');
  const pids = [...holders(cluster, 'node-2').values()].map(({ pid }) => pid);
  await cluster.service('node-2').stop();
  const links = onNode(cluster, 'node-2', ip, '-o', 'link', 'show');
  for (const name of ['cbr0', 'hawser.1', 'veth']) expect(links).not.toContain(` ${name}`);
  expect(onNode(cluster, 'node-2', ip, 'route')).not.toContain('10.244.');
  expect(onNode(cluster, 'node-2', findNetworkTool('nft'), 'list', 'tables')).not.toContain('hawser-kubenet');
  expect(pids.filter(isThere)).toEqual([]);
  cluster.service('node-2').start();
  await cluster.nodeReady('node-2');
});
