import { writeFileSync } from 'node:fs';
import type { Logger } from '@hawser/observability';
import {
  BRIDGE,
  bridgeLines,
  forwardingLines,
  type PeerWay,
  podMtu,
  ROUTE_PROTOCOL,
  routeLines,
  TUNNEL,
  tunnelLines,
} from './link-lines.ts';
import { type NetworkTools, runTool } from './network-tools.ts';
import type { PeerRoute } from './plan-routes.ts';
import { hardwareAddress, networkAddress, type PodCidr } from './pod-cidr.ts';

export interface NodeLinksOptions {
  readonly tools: NetworkTools;
  readonly nodeIp: string;
  readonly logger: Logger;
}

interface Link {
  readonly ifname: string;
  readonly mtu: number;
}

/** What `ip route get` says. */
interface RouteTo {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  /** Absent for an ordinary address of another host. */
  readonly type?: string;
}

const DEFAULT_MTU = 1500;

/** The bridge, the tunnel and the routes of one node. */
export class NodeLinks {
  readonly #options: NodeLinksOptions;
  /** What is the matter with the tunnel, said once. */
  #tunnelFault: string | undefined;

  constructor(options: NodeLinksOptions) {
    this.#options = options;
  }

  /** Brings the bridge up. @returns how large packets of pods may be. */
  async setUp(podCidr: PodCidr): Promise<number> {
    const links = await this.#json<Link>('link', 'show');
    const mtu = podMtu(await this.#nodeMtu());
    const exists = links.some(({ ifname }) => ifname === BRIDGE);
    await this.#batch(bridgeLines(podCidr, mtu, exists));
    // Pods are not to go past the node, where addresses of Services are translated.
    for (const device of [BRIDGE, 'all']) writeSetting(`conf/${device}/send_redirects`, '0');
    writeSetting('ip_forward', '1');
    return mtu;
  }

  /**
   * Removes the links of pods that are not there any more.
   * @param isKnown asked of each link once it has been seen: pods come meanwhile.
   */
  async removeStrays(isKnown: (link: string) => boolean): Promise<void> {
    for (const { ifname } of await this.#json<Link>('link', 'show', 'master', BRIDGE))
      if (!isKnown(ifname)) await this.removeLink(ifname);
  }

  /** The links of pods that are there, and whether they are joined to the bridge. */
  async podLinks(): Promise<Map<string, { isJoined: boolean }>> {
    const links = await this.#json<Link & { master?: string }>('link', 'show', 'type', 'veth');
    return new Map(links.map(({ ifname, master }) => [ifname, { isJoined: master === BRIDGE }]));
  }

  /** One that is not there is no error. */
  async removeLink(name: string): Promise<void> {
    await runTool([this.#options.tools.ip, 'link', 'delete', name]).catch(() => {});
  }

  /** Makes the routes to all peers, and takes away those to nodes that are gone. @throws NetworkCommandError */
  async route(podCidr: PodCidr, peers: readonly PeerRoute[]): Promise<void> {
    const routes = await this.#routesTo(peers.map(({ nodeIp }) => nodeIp));
    const ways = peers.map((peer) => ({ ...peer, onLink: onLink(routes.get(peer.nodeIp)) }));
    const needsTunnel = ways.some((way) => way.onLink === undefined);
    const hasTunnel = needsTunnel && (await this.#setUpTunnel(podCidr));
    const usable = ways.filter((way) => way.onLink !== undefined || hasTunnel);
    // Each step is taken whatever became of the one before, and each line: a node says itself where it is, and one that
    // says nonsense is not to keep the others apart.
    const faults: unknown[] = [];
    const note = (error: unknown) => void faults.push(error);
    await this.#removeRoutes(usable).catch(note);
    if (hasTunnel) await this.#forward(usable).catch(note);
    if (usable.length > 0) await this.#batch(routeLines(usable), '-force').catch(note);
    if (faults.length > 0) throw faults[0];
  }

  /** Takes all links away; addresses and routes go with them. */
  async remove(): Promise<void> {
    await this.#removeRoutes([]);
    await this.removeStrays(() => false);
    for (const name of [TUNNEL, BRIDGE]) await this.removeLink(name);
  }

  /** How the node gets to each of these; where it cannot get to is missing. One command asks for all. */
  async #routesTo(addresses: readonly string[]): Promise<Map<string, RouteTo>> {
    if (addresses.length === 0) return new Map();
    const argv = [this.#options.tools.ip, '-j', '-force', '-batch', '-'];
    const answers = await runTool(argv, joined(addresses.map((address) => `route get ${address}`)), {
      mayFail: true,
    });
    const found = answers.split('\n').filter((line) => line.startsWith('['));
    return new Map(found.flatMap((line) => JSON.parse(line) as RouteTo[]).map((route) => [route.dst, route]));
  }

  /** @returns whether there is one; without, pods of nodes behind a router are not reached, which the log says. */
  async #setUpTunnel(podCidr: PodCidr): Promise<boolean> {
    const { tools, nodeIp, logger } = this.#options;
    try {
      if (tools.bridge === undefined) throw new Error('not found: bridge (Debian: apt-get install iproute2)');
      const links = await this.#json<Link>('link', 'show');
      const lines = tunnelLines(podCidr, nodeIp, podMtu(await this.#nodeMtu()));
      await this.#batch(links.some(({ ifname }) => ifname === TUNNEL) ? lines.slice(1) : lines);
      this.#tunnelFault = undefined;
      return true;
    } catch (error) {
      if (this.#tunnelFault !== `${error}`)
        logger.warn({ error }, 'no tunnel: pods of nodes that are behind a router cannot be reached');
      this.#tunnelFault = `${error}`;
      return false;
    }
  }

  async #forward(ways: readonly PeerWay[]): Promise<void> {
    const bridge = this.#options.tools.bridge!;
    const tunnelled = ways.filter(({ onLink }) => onLink === undefined);
    const macs = new Set(tunnelled.map(({ nodeIp }) => hardwareAddress(nodeIp)));
    const entries = await readJson<{ mac: string; dst?: string }>([
      bridge,
      '-j',
      'fdb',
      'show',
      'dev',
      TUNNEL,
    ]);
    const stale = entries.filter(({ mac, dst }) => dst !== undefined && !macs.has(mac));
    const removals = stale.map(({ mac, dst }) => `fdb delete ${mac} dev ${TUNNEL} dst ${dst} self`);
    await runTool([bridge, '-force', '-batch', '-'], joined([...removals, ...forwardingLines(ways)]));
    const gateways = new Set(tunnelled.map(({ podCidr }) => networkAddress(podCidr)));
    const neighbours = await this.#json<{ dst: string }>(
      'neighbour',
      'show',
      'dev',
      TUNNEL,
      'nud',
      'permanent',
    );
    const gone = neighbours.filter(({ dst }) => !gateways.has(dst));
    if (gone.length > 0) await this.#batch(gone.map(({ dst }) => `neighbour delete ${dst} dev ${TUNNEL}`));
  }

  async #removeRoutes(wanted: readonly PeerWay[]): Promise<void> {
    const ranges = new Set(wanted.map(({ podCidr }) => podCidr.text));
    const routes = await this.#json<{ dst: string }>('route', 'show', 'proto', `${ROUTE_PROTOCOL}`);
    const gone = routes.filter(({ dst }) => !ranges.has(dst));
    if (gone.length > 0)
      await this.#batch(gone.map(({ dst }) => `route delete ${dst} proto ${ROUTE_PROTOCOL}`));
  }

  /** Of the device that has the node's address. */
  async #nodeMtu(): Promise<number> {
    const [link] = await this.#json<Link>('address', 'show', 'to', this.#options.nodeIp);
    return link?.mtu ?? DEFAULT_MTU;
  }

  #json<T extends object>(...args: string[]): Promise<T[]> {
    return readJson<T>([this.#options.tools.ip, '-j', ...args]);
  }

  async #batch(lines: readonly string[], ...flags: string[]): Promise<void> {
    await runTool([this.#options.tools.ip, ...flags, '-batch', '-'], joined(lines));
  }
}

/** The device on whose link it is; undefined where it is behind a router, or nowhere. */
function onLink(route: RouteTo | undefined): string | undefined {
  return route !== undefined && route.gateway === undefined && route.type === undefined
    ? route.dev
    : undefined;
}

/** iproute2 prints nothing, or empty objects, where there is nothing. */
async function readJson<T extends object>(argv: readonly string[]): Promise<T[]> {
  const text = (await runTool(argv)).trim();
  const items = text === '' ? [] : (JSON.parse(text) as T[]);
  return items.filter((item) => Object.keys(item).length > 0);
}

function writeSetting(name: string, value: string): void {
  writeFileSync(`/proc/sys/net/ipv4/${name}`, value);
}

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
