import type { TLSSocket } from 'node:tls';
import type { Clock } from '@hawser/runtime';
import {
  type AgentConnection,
  type AgentHello,
  type AgentReception,
  AgentRefusedError,
  type ServerHello,
} from '../link/agent-connection.ts';
import { Allowance } from './allowance.ts';
import type { AgentAuthenticator } from './authentication/agent-authenticator.ts';
import type { AgentIdentity } from './authentication/agent-identity.ts';
import type { CredentialWatch } from './authentication/credential-watch.ts';
import type { AgentDirectory } from './backends/agent-directory.ts';
import type { ConnectedAgent } from './backends/connected-agent.ts';
import type { ClusterAddresses } from './identifiers/cluster-addresses.ts';
import { type ClaimDecision, type ClaimRules, decideClaims } from './identifiers/decide-claims.ts';
import { type Grants, NO_GRANTS } from './identifiers/grants.ts';
import { parseIdentifiers, type RejectedClaim } from './identifiers/parse-identifiers.ts';
import type { ServerEvents } from './server-events.ts';
import type { ServerMetrics } from './server-metrics.ts';

export interface ReceptionOptions {
  readonly serverID: string;
  readonly serverCount: () => number;
  readonly authenticator: AgentAuthenticator;
  readonly credentials: CredentialWatch;
  readonly directory: AgentDirectory;
  readonly grants: ReadonlyMap<string, Grants>;
  readonly rules: ClaimRules;
  /**
   * How many connections may be open at once whose agents have not been let in, of those with a certificate that a CA
   * of agents vouches for, and of all others; 4096 if absent.
   */
  readonly maxStrangers?: number;
  /** How many links the agents of one Node may have; 64 if absent. */
  readonly maxNodeLinks?: number;
  readonly events: ServerEvents;
  readonly metrics: ServerMetrics;
  readonly clock: Clock;
}

const MAX_AGENT_ID_LENGTH = 256;
/** More than come back at once after a restart in one turn; those beyond try again. */
const MAX_STRANGERS = 4_096;
/** A Node has one agent, or some in pods; whoever has stolen its certificate shall not fill the server with links. */
const MAX_NODE_LINKS = 64;
/** From the end of the TLS handshake until an agent has said who it is and been let in. */
const INTRODUCTION_MS = 15_000;

/** Strangers shall not fill the log, nor the stream of events: how many there are is counted besides. */
const REPORTED_REFUSALS = { burst: 100, perSecond: 10 };

/** Lets agents in, gives them the traffic that they have a right to, and sees them off. */
export class Reception implements AgentReception {
  readonly #options: ReceptionOptions;
  readonly #awaited = new WeakMap<TLSSocket, () => void>();
  readonly #reported: Allowance;
  #unreported = 0;
  readonly #strangers = { certified: 0, unknown: 0 };
  readonly #watches = new Map<ConnectedAgent, Disposable>();
  #cluster: ClusterAddresses | undefined;
  #draining = false;
  #holds: (identity: AgentIdentity) => boolean = () => true;

  constructor(options: ReceptionOptions) {
    this.#options = options;
    this.#reported = new Allowance({ ...REPORTED_REFUSALS, clock: options.clock });
  }

  serverHello(): ServerHello {
    const { serverID, serverCount } = this.#options;
    return { serverID, serverCount: serverCount() };
  }

  /**
   * Gives a new connection so long to introduce an agent. Those who can show nothing take no room from those with a
   * certificate.
   * @returns whether there is room for it.
   */
  expect(socket: TLSSocket): boolean {
    const { clock, maxStrangers = MAX_STRANGERS } = this.#options;
    const kind = socket.authorized ? 'certified' : 'unknown';
    if (this.#strangers[kind] >= maxStrangers) return false;
    this.#strangers[kind] += 1;
    const timer = clock.after(INTRODUCTION_MS, () => socket.destroy());
    const known = () => {
      timer[Symbol.dispose]();
      if (this.#awaited.delete(socket)) this.#strangers[kind] -= 1;
    };
    this.#awaited.set(socket, known);
    socket.once('close', known);
    return true;
  }

  async admit(hello: AgentHello, socket: TLSSocket): Promise<(connection: AgentConnection) => void> {
    const remoteAddress = socket.remoteAddress ?? '';
    try {
      if (this.#draining) throw new AgentRefusedError('Unavailable', 'the server is shutting down');
      checkAgentID(hello.agentID);
      const { claims, malformed } = parseIdentifiers(hello.identifiers);
      const identity = await this.#options.authenticator.authenticate(hello, socket);
      this.#checkRoom(identity);
      return (connection) => {
        this.#awaited.get(socket)?.();
        const facts = { ...factsOf(connection, identity), remoteAddress };
        const decision: ClaimDecision = { routes: [], rejected: [] };
        const bytesHeard = () => socket.bytesRead;
        this.#take({ identity, connection, facts, bytesHeard, claims, malformed, decision });
      };
    } catch (error) {
      throw this.#refuse(hello, remoteAddress, error);
    }
  }

  /** Decides every agent's claims anew. */
  useCluster(cluster: ClusterAddresses): void {
    this.#cluster = cluster;
    this.#options.directory.use(cluster);
    for (const agent of this.#options.directory.all()) this.#decide(agent);
  }

  /** Ends the links of agents whose credential does not hold any more, and of those that come with one from now on. */
  recheck(holds: (identity: AgentIdentity) => boolean): void {
    this.#holds = holds;
    for (const agent of [...this.#options.directory.all()])
      if (!holds(agent.identity)) agent.connection.close();
  }

  /** Lets nobody in any more, and has those that are in look for another server. */
  drain(): void {
    this.#draining = true;
    for (const { connection } of this.#options.directory.all()) connection.goAway?.();
  }

  closeAll(): void {
    for (const { connection } of [...this.#options.directory.all()]) connection.close();
  }

  #checkRoom({ nodeName }: AgentIdentity): void {
    const { directory, maxNodeLinks = MAX_NODE_LINKS } = this.#options;
    if (nodeName !== undefined && directory.countNode(nodeName) >= maxNodeLinks)
      throw new AgentRefusedError(
        'Unavailable',
        `the agents of ${nodeName} have ${maxNodeLinks} links already`,
      );
  }

  #take(agent: ConnectedAgent): void {
    const { directory, events, credentials } = this.#options;
    const { connection, identity, facts } = agent;
    directory.add(agent);
    events.agentConnected(facts);
    this.#decide(agent);
    // What has happened since its handshake it has not been told.
    if (this.#draining) connection.goAway?.();
    if (!this.#holds(identity)) connection.close();
    let ending: string | undefined;
    const watch = credentials.watch(identity, (why) => {
      ending = why;
      connection.close();
    });
    this.#watches.set(agent, watch);
    void connection.closed.then((error) => {
      this.#watches.get(agent)?.[Symbol.dispose]();
      this.#watches.delete(agent);
      directory.remove(agent);
      events.agentLost(facts, ending === undefined ? error : new Error(ending));
    });
  }

  #decide(agent: ConnectedAgent): void {
    const { directory, grants, rules, events, metrics } = this.#options;
    const { identity, claims, malformed, decision: before, facts } = agent;
    const claimant = { ...identity, grants: grants.get(identity.name) ?? NO_GRANTS };
    const { routes, rejected } = decideClaims(claims, claimant, this.#cluster, rules);
    const decision = { routes, rejected: [...malformed, ...rejected] };
    directory.decide(agent, decision);
    const known = new Set(before.rejected.map(keyOf));
    const fresh = decision.rejected.filter((claim) => !known.has(keyOf(claim)));
    for (const { type, reason } of fresh) metrics.observeRejectedIdentifier(type, reason);
    if (fresh.length > 0) events.claimsRejected(facts, fresh);
  }

  #refuse({ agentID }: AgentHello, remoteAddress: string, error: unknown): AgentRefusedError {
    const { events, metrics } = this.#options;
    const refusal =
      error instanceof AgentRefusedError
        ? error
        : new AgentRefusedError('Unavailable', 'the agent cannot be let in now', { cause: error });
    const reason = refusal.cause === undefined ? refusal.message : `${refusal.message}: ${refusal.cause}`;
    metrics.observeRefusedAgent(refusal.code);
    if (this.#reported.take()) {
      const unreported = this.#unreported === 0 ? {} : { unreported: this.#unreported };
      this.#unreported = 0;
      const known = agentID.slice(0, MAX_AGENT_ID_LENGTH);
      events.agentRefused({ agentID: known, remoteAddress, code: refusal.code, reason, ...unreported });
    } else this.#unreported += 1;
    return refusal;
  }
}

function checkAgentID(agentID: string): void {
  if (agentID === '' || agentID.length > MAX_AGENT_ID_LENGTH || /[^\x20-\x7e]/.test(agentID))
    throw new AgentRefusedError(
      'InvalidArgument',
      'expected one agent ID of at most 256 printable characters',
    );
}

function factsOf({ agentID, protocol }: AgentConnection, { name, nodeName }: AgentIdentity) {
  return { agentID, protocol, identity: name, ...(nodeName === undefined ? {} : { nodeName }) };
}

function keyOf({ type, value, reason }: RejectedClaim): string {
  return `${type} ${reason} ${value}`;
}
