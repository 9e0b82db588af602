import type { Logger } from '@hawser/observability';
import type { KubeletOptions } from '../options.ts';
import { choosePlugin } from './choose-plugin.ts';
import { Kubenet } from './kubenet.ts';

/** What makes the network of pods; absent where they share the node's. @throws NetworkPluginError */
export async function createKubenet(
  { networkPlugin, nodeIp }: Pick<KubeletOptions, 'networkPlugin' | 'nodeIp'>,
  logger: Logger,
): Promise<Kubenet | undefined> {
  const plugin = await choosePlugin(networkPlugin, nodeIp);
  if (plugin.name === 'host') {
    logger.info({ why: plugin.why }, "pods share the node's network and its address");
    return undefined;
  }
  if (plugin.withoutNft !== undefined)
    logger.warn(
      { why: plugin.withoutNft },
      'without nftables pods are seen with their own addresses outside of the cluster, and have no host ports',
    );
  return new Kubenet({ tools: plugin.tools, nodeIp, logger });
}
