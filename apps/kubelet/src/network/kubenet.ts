import type { Logger } from '@hawser/observability';
import type { PortMapping } from '../container-runtime/container-runtime.ts';
import { isAlive } from '../container-runtime/process/process-identity.ts';
import { AddressPool } from './address-pool.ts';
import { kubenetRules, REMOVAL, type RuleFacts } from './kubenet-rules.ts';
import { holdNamespace, type NamespaceHolder, releaseNamespace } from './namespace-holder.ts';
import { type NetworkTools, runTool } from './network-tools.ts';
import { NodeLinks } from './node-links.ts';
import type { PeerRoute } from './plan-routes.ts';
import { gatewayAddress, type PodCidr } from './pod-cidr.ts';
import { joinLines, linkLines, linkName, POD_SETTINGS, podLines } from './pod-link.ts';
import { NetworkNotReadyError, type SandboxNetwork, type SandboxNetworkRecord } from './sandbox-network.ts';

export interface KubenetOptions {
  readonly tools: NetworkTools;
  readonly nodeIp: string;
  readonly logger: Logger;
}

const NO_RANGE = 'Kubenet does not have netConfig. This is most likely due to lack of PodCIDR';

/**
 * Networks for pods without any plugin (upstream's kubenet): a bridge, a link from it into the namespace of each
 * pod, addresses out of the node's own range, routes to the ranges of other nodes. Everything lies in the network
 * namespace that the kubelet runs in.
 */
export class Kubenet implements SandboxNetwork {
  readonly #options: KubenetOptions;
  readonly #links: NodeLinks;
  readonly #addresses = new AddressPool();
  /** The sandboxes whose links are made. */
  readonly #connected = new Map<string, SandboxNetworkRecord>();
  readonly #hostPorts = new Map<string, RuleFacts['hostPorts']>();
  #podCidr: PodCidr | undefined;
  #peers: readonly PeerRoute[] = [];
  #mtu = 0;
  /** Changes of the rules follow each other: each replaces all. */
  #rules: Promise<void> = Promise.resolve();
  #problem: string | undefined = NO_RANGE;

  constructor(options: KubenetOptions) {
    this.#options = options;
    this.#links = new NodeLinks(options);
  }

  /** Whether pods can be reached at ports of the node. */
  get hasHostPorts(): boolean {
    return this.#options.tools.nft !== undefined;
  }

  problem(): string | undefined {
    return this.#problem;
  }

  adopt(id: string, record: SandboxNetworkRecord, portMappings: readonly PortMapping[]): void {
    this.#addresses.take(id, record.ip);
    this.#connected.set(id, record);
    if (portMappings.length > 0) this.#hostPorts.set(id, toHostPorts(record.ip, portMappings));
  }

  /**
   * Brings the node's part of the network to where it shall be: the bridge, the routes to `peers`, the rules; removes
   * links that are nobody's. Called again whenever peers change, and now and then to mend what others have broken.
   * @throws NetworkCommandError; `problem` says it, too, until a later call succeeds.
   */
  async configure(podCidr: PodCidr, peers: readonly PeerRoute[]): Promise<void> {
    try {
      this.#mtu = await this.#links.setUp(podCidr);
      this.#podCidr = podCidr;
      await this.#links.removeStrays((link) => this.#addresses.owners().map(linkName).includes(link));
      await this.#mend(podCidr);
      this.#peers = peers;
      await this.#applyRules();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      throw error;
    }
    // What is wrong with the way to one node is no reason to run no pods on this one.
    await this.#links.route(podCidr, peers);
  }

  async setUp(
    id: string,
    portMappings: readonly PortMapping[],
    note: (record: SandboxNetworkRecord) => void,
  ): Promise<void> {
    const podCidr = this.#podCidr;
    if (this.#problem !== undefined || podCidr === undefined)
      throw new NetworkNotReadyError(this.#problem ?? NO_RANGE);
    const ip = this.#addresses.allocate(id, podCidr);
    let holder: NamespaceHolder | undefined;
    try {
      holder = await holdNamespace(this.#options.tools);
      note({ ip, link: linkName(id), holder: holder.process });
      holder.release();
      const record = { ip, link: linkName(id), holder: holder.process };
      await this.#connect(record, podCidr);
      this.#connected.set(id, record);
      if (portMappings.length === 0) return;
      this.#hostPorts.set(id, toHostPorts(ip, portMappings));
      await this.#applyRules();
    } catch (error) {
      if (holder !== undefined) releaseNamespace(holder.process);
      await this.#forget(id);
      throw error;
    }
  }

  async tearDown(id: string, { holder }: SandboxNetworkRecord): Promise<void> {
    releaseNamespace(holder);
    await this.#forget(id);
  }

  /** Takes everything away that is not a pod's. */
  async remove(): Promise<void> {
    const { nft } = this.#options.tools;
    this.#problem = NO_RANGE;
    await this.#links.remove();
    if (nft !== undefined) await runTool([nft, '-f', '-'], REMOVAL);
  }

  async #connect({ link, ip, holder: { pid } }: SandboxNetworkRecord, podCidr: PodCidr): Promise<void> {
    const { tools } = this.#options;
    await runTool([tools.ip, '-batch', '-'], joined(linkLines(link, pid, ip, this.#mtu)));
    const settings = Object.entries(POD_SETTINGS).map(
      ([name, value]) => `[ ! -e /proc/sys/net/${name} ] || echo ${value} >/proc/sys/net/${name}`,
    );
    const script = `${joined(settings)}exec "$0" -batch -`;
    await runTool(
      [tools.nsenter, `--net=/proc/${pid}/ns/net`, 'sh', '-ec', script, tools.ip],
      joined(podLines(ip, gatewayAddress(podCidr))),
    );
  }

  /** Joins pods again whose link, or the bridge, somebody has taken away. */
  async #mend(podCidr: PodCidr): Promise<void> {
    const { tools, logger } = this.#options;
    const links = await this.#links.podLinks();
    for (const [id, record] of this.#connected) {
      const link = links.get(record.link);
      if (link?.isJoined || !isAlive(record.holder)) continue;
      const facts = { link: record.link, ip: record.ip };
      logger.info(facts, 'the link of a pod was gone, joining it again');
      try {
        if (link === undefined) await this.#connect(record, podCidr);
        else await runTool([tools.ip, '-batch', '-'], joined(joinLines(record.link)));
      } catch (error) {
        // A pod that may change its own network can be in the way; that is no other pod's trouble.
        logger.warn({ ...facts, error }, 'a pod stays without its link, trying again');
        await this.#links.removeLink(record.link);
      }
      // It may have ended meanwhile.
      if (!this.#connected.has(id)) await this.#links.removeLink(record.link);
    }
  }

  /** The link would go with its namespace, but that may be held a little longer, and the address given out again. */
  async #forget(id: string): Promise<void> {
    const { logger } = this.#options;
    this.#connected.delete(id);
    await this.#links.removeLink(linkName(id));
    this.#addresses.release(id);
    if (!this.#hostPorts.delete(id)) return;
    await this.#applyRules().catch((error: unknown) =>
      logger.warn({ error }, 'host ports of a pod that is gone are not taken away'),
    );
  }

  #applyRules(): Promise<void> {
    const apply = async () => {
      const { nft } = this.#options.tools;
      const [podCidr, peers] = [this.#podCidr, this.#peers];
      if (nft === undefined || podCidr === undefined) return;
      const hostPorts = [...this.#hostPorts.values()].flat();
      await runTool([nft, '-f', '-'], kubenetRules({ podCidr, peers, hostPorts }));
    };
    const applied = this.#rules.then(apply);
    this.#rules = applied.catch(() => {});
    return applied;
  }
}

function toHostPorts(podIp: string, mappings: readonly PortMapping[]): RuleFacts['hostPorts'] {
  return mappings.map((mapping) => ({ podIp, mapping }));
}

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
