import { nodes } from '@hawser/api';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { CidrPool } from './cidr-pool.ts';

/**
 * Gives each node a range of pod addresses (`pkg/controller/nodeipam`, the RangeAllocator).
 *
 * @param range `clusterCidr` from --cluster-cidr, `maskSize` from --node-cidr-mask-size.
 */
export function createNodeIpamController(
  context: ControllerContext,
  range: { readonly clusterCidr: string; readonly maskSize: number },
): Controller {
  const { client, informers, logger, recorder } = context;
  const name = 'node-ipam-controller';
  const pool = new CidrPool(range.clusterCidr, range.maskSize);
  const nodeCache = informers.get(nodes);
  /** Given out, but perhaps not in the cache yet. */
  const given = new Map<string, string>();

  const sync = async (key: string, signal: AbortSignal) => {
    const node = nodeCache.get(key);
    if (!node || node.spec?.podCIDR) return void given.delete(key);
    const used = nodeCache
      .list()
      .flatMap(({ spec }) => spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []));
    const podCIDR = given.get(key) ?? pool.firstFree([...used, ...given.values()]);
    if (podCIDR === undefined) {
      recorder.event(node, 'Normal', 'CIDRNotAvailable', `Node ${key} status is now: CIDRNotAvailable`);
      throw new Error(`no pod CIDR is left in ${range.clusterCidr}`);
    }
    given.set(key, podCIDR);
    const patch = { metadata: { uid: node.metadata.uid }, spec: { podCIDR, podCIDRs: [podCIDR] } };
    await client.patch(nodes, key, patch, { type: 'merge', signal });
    logger.info({ node: key, podCIDR }, 'pod addresses allocated');
  };
  // One at a time: two must not find the same range free.
  return new Reconciler(context, { name, sync, concurrency: 1 }).follow(nodeCache);
}
