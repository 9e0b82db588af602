import type { Target } from '@hawser/dial';
import type { AgentProtocol } from '../../link/agent-connection.ts';
import { type AddressRange, parseAddress } from '../identifiers/address-range.ts';
import type { ClusterAddresses } from '../identifiers/cluster-addresses.ts';
import { type ClaimDecision, isForeign, type Route } from '../identifiers/decide-claims.ts';
import { canonicalName } from '../identifiers/parse-identifiers.ts';
import { RangeTable } from '../identifiers/range-table.ts';
import { agentKey, type ConnectedAgent } from './connected-agent.ts';
import type { ProxyStrategy } from './proxy-strategy.ts';

/** A route, and whose it is. */
interface Entry {
  readonly agent: ConnectedAgent;
  readonly granted: boolean;
}

const NOTHING: ClaimDecision = { routes: [], rejected: [] };

/** The agents that are connected, and who of them is for which target. */
export class AgentDirectory {
  readonly #agents = new Set<ConnectedAgent>();
  readonly #ofNodes = new Map<string, number>();
  readonly #ranges = new RangeTable<Entry>();
  readonly #names = new Map<string, Set<Entry>>();
  readonly #defaultRoutes = new Set<ConnectedAgent>();
  readonly #entries = new Map<ConnectedAgent, [Route, Entry][]>();
  #cluster: ClusterAddresses | undefined;
  #turn = 0;

  get size(): number {
    return this.#agents.size;
  }

  /** How many agents have a right to nothing. */
  get idle(): number {
    return countOf(this.#agents, ({ decision }) => decision.routes.length === 0);
  }

  /** Latest last. */
  all(): Iterable<ConnectedAgent> {
    return this.#agents;
  }

  /** What is said of addresses from now on. */
  use(cluster: ClusterAddresses | undefined): void {
    this.#cluster = cluster;
  }

  add(agent: ConnectedAgent): void {
    this.#agents.add(agent);
    this.#countOfNode(agent, 1);
    this.#enter(agent);
  }

  remove(agent: ConnectedAgent): void {
    this.decide(agent, NOTHING);
    if (this.#agents.delete(agent)) this.#countOfNode(agent, -1);
    this.#entries.delete(agent);
  }

  /** Gives an agent other traffic from now on; the tunnels that run go on. */
  decide(agent: ConnectedAgent, decision: ClaimDecision): void {
    for (const [{ to }, entry] of this.#entries.get(agent) ?? []) {
      if (to === 'default-route') this.#defaultRoutes.delete(agent);
      else if (typeof to !== 'string') this.#ranges.delete(to, entry);
      else {
        this.#names.get(to)?.delete(entry);
        if (this.#names.get(to)?.size === 0) this.#names.delete(to);
      }
    }
    agent.decision = decision;
    this.#enter(agent);
  }

  /** How many agents a strategy has to choose from. */
  count(strategy: ProxyStrategy): number {
    if (strategy === 'default') return countOf(this.#agents, (agent) => !agent.connection.draining);
    if (strategy === 'defaultRoute')
      return countOf(this.#defaultRoutes, (agent) => !agent.connection.draining);
    const isDestHost = ({ to }: Route) => to !== 'default-route';
    return countOf(
      this.#agents,
      ({ connection, decision }) => !connection.draining && decision.routes.some(isDestHost),
    );
  }

  countProtocol(protocol: AgentProtocol): number {
    return countOf(this.#agents, ({ connection }) => connection.protocol === protocol);
  }

  /** How many links agents have whose credential is bound to a Node. */
  countNode(nodeName: string): number {
    return this.#ofNodes.get(nodeName) ?? 0;
  }

  /**
   * Who may be asked for a target, first those who are to be asked first. Agents that drain are left out; those that are
   * equally good take turns, each with its latest link first.
   */
  *candidates({ host }: Target, strategies: readonly ProxyStrategy[]): Generator<ConnectedAgent> {
    this.#turn += 1;
    for (const strategy of strategies) {
      if (strategy === 'destHost') yield* this.#ofHost(host);
      else yield* this.#inTurn(strategy === 'defaultRoute' ? this.#defaultRoutes : this.#agents);
    }
  }

  *#ofHost(host: string): Generator<ConnectedAgent> {
    const address = parseAddress(host);
    if (address === undefined) {
      const name = canonicalName(host);
      yield* this.#inTurn(this.#rightful(this.#names.get(name) ?? [], name));
    } else
      for (const entries of this.#ranges.around(address))
        yield* this.#inTurn(this.#rightful(entries, address));
  }

  /** Those whose routes were granted, or whose Node is the only one that says that the place is its own. */
  #rightful(entries: Iterable<Entry>, place: AddressRange | string): ConnectedAgent[] {
    const cluster = this.#cluster;
    let owners: ReadonlySet<string> | undefined;
    const isRightful = ({ agent: { identity }, granted }: Entry) => {
      if (granted) return true;
      if (identity.nodeName === undefined || cluster === undefined) return false;
      owners ??= typeof place === 'string' ? cluster.ownersOfName(place) : cluster.ownersOf(place);
      return !isForeign(owners, identity.nodeName) && !cluster.isHub(place);
    };
    return [...entries].filter(isRightful).map(({ agent }) => agent);
  }

  *#inTurn(agents: Iterable<ConnectedAgent>): Generator<ConnectedAgent> {
    const links = new Map<string, ConnectedAgent[]>();
    for (const agent of agents) {
      if (agent.connection.draining) continue;
      const known = links.get(agentKey(agent));
      if (known === undefined) links.set(agentKey(agent), [agent]);
      else known.unshift(agent);
    }
    const groups = [...links.values()];
    for (let i = 0; i < groups.length; i += 1) yield* groups[(this.#turn + i) % groups.length]!;
  }

  #countOfNode({ identity: { nodeName } }: ConnectedAgent, by: 1 | -1): void {
    if (nodeName === undefined) return;
    const count = this.countNode(nodeName) + by;
    if (count === 0) this.#ofNodes.delete(nodeName);
    else this.#ofNodes.set(nodeName, count);
  }

  #enter(agent: ConnectedAgent): void {
    const entries = agent.decision.routes.map((route): [Route, Entry] => [
      route,
      { agent, granted: route.granted },
    ]);
    this.#entries.set(agent, entries);
    for (const [{ to }, entry] of entries) {
      if (to === 'default-route') this.#defaultRoutes.add(agent);
      else if (typeof to !== 'string') this.#ranges.add(to, entry);
      else if (this.#names.has(to)) this.#names.get(to)!.add(entry);
      else this.#names.set(to, new Set([entry]));
    }
  }
}

function countOf(agents: Iterable<ConnectedAgent>, holds: (agent: ConnectedAgent) => boolean): number {
  let count = 0;
  for (const agent of agents) if (holds(agent)) count += 1;
  return count;
}
