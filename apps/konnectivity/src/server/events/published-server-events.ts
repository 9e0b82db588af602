import {
  CloudEventSource,
  cutText as cut,
  eventRecord,
  LossReport,
  type Outbox,
  OutboxWriter,
} from '@hawser/audit';
import { joinHostPort } from '@hawser/dial';
import { Counter, type Logger, type Registry } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { TunnelBytes, TunnelFailureReason, TunnelRequest } from '../../link/front-end.ts';
import type { RejectedClaim } from '../identifiers/parse-identifiers.ts';
import type { AgentFacts, RefusedAgent, ServerEvents, TunnelFacts } from '../server-events.ts';

export interface PublishedServerEventsOptions {
  readonly serverID: string;
  readonly outbox: Outbox;
  /** Is told of each event, too. */
  readonly next: ServerEvents;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many events may wait before those that come in floods are lost; 250,000 if absent. */
  readonly maxWaiting?: number;
  /** Called when everything is on disk. */
  readonly closing?: () => Promise<void>;
}

/** About 200 MB. Events wait for two minutes even when all is well: so many are of 900 tunnels a second. */
const MAX_WAITING = 250_000;
const LOSS_MESSAGE = 'too many events wait, those of tunnels and of refused agents are lost';
/** Of one agent's claims so many are named; how many there are is said besides. */
const MAX_CLAIMS = 100;

/**
 * Writes what happens at a server to its outbox, as CloudEvents. Nobody waits for that. Agents that come and go are
 * written at once, and none is lost; tunnels, and agents that are refused, come in floods: they are written in
 * batches, and while too many events wait, lost, counted and said in the log.
 */
export class PublishedServerEvents implements ServerEvents, AsyncDisposable {
  readonly #serverID: string;
  readonly #next: ServerEvents;
  readonly #closing: (() => Promise<void>) | undefined;
  readonly #source: CloudEventSource;
  readonly #writer: OutboxWriter;

  constructor(options: PublishedServerEventsOptions) {
    const { serverID, outbox, registry, clock, logger, maxWaiting = MAX_WAITING } = options;
    this.#serverID = serverID;
    this.#next = options.next;
    this.#closing = options.closing;
    const source = `/konnectivity/servers/${encodeURIComponent(serverID)}`;
    this.#source = new CloudEventSource('konnectivity', source, () => clock.now());
    const counter = new Counter({
      name: 'hawser_events_lost_total',
      help: 'Events that were not kept because too many waited.',
      registers: [registry],
    });
    const losses = new LossReport({ counter, message: LOSS_MESSAGE, clock, logger });
    this.#writer = new OutboxWriter({
      outbox,
      onError: (error) => logger.error({ error }, 'could not keep events'),
      maxWaiting,
      onLoss: losses.lost,
    });
    this.#write('server.started', serverID, {});
  }

  agentConnected(agent: AgentFacts): void {
    this.#next.agentConnected(agent);
    this.#write('agent.connected', agent.agentID, factsOf(agent));
  }

  agentLost(agent: AgentFacts, error: Error | undefined): void {
    this.#next.agentLost(agent, error);
    this.#write('agent.lost', agent.agentID, { ...factsOf(agent), ...reasonOf(error) });
  }

  agentRefused(agent: RefusedAgent): void {
    this.#next.agentRefused(agent);
    this.#writeSoon('agent.refused', agent.agentID, { ...factsOf(agent), reason: cut(agent.reason) });
  }

  claimsRejected(agent: AgentFacts, claims: readonly RejectedClaim[]): void {
    this.#next.claimsRejected(agent, claims);
    const named = claims
      .slice(0, MAX_CLAIMS)
      .map(({ type, value, reason }) => ({ type, value: cut(value), reason }));
    const data = { ...factsOf(agent), claims: named, count: claims.length };
    this.#writeSoon('agent.claims-rejected', agent.agentID, data);
  }

  tunnelOpened(tunnel: TunnelFacts): void {
    this.#next.tunnelOpened(tunnel);
    this.#writeSoon('tunnel.opened', joinHostPort(tunnel.target), tunnelOf(tunnel));
  }

  tunnelRefused(request: TunnelRequest, reason: TunnelFailureReason, message: string): void {
    this.#next.tunnelRefused(request, reason, message);
    const data = { ...requestOf(request), reason, message: cut(message) };
    this.#writeSoon('tunnel.refused', joinHostPort(request.target), data);
  }

  tunnelClosed(tunnel: TunnelFacts, bytes: TunnelBytes, durationMs: number): void {
    this.#next.tunnelClosed(tunnel, bytes, durationMs);
    const { toTarget, fromTarget, error } = bytes;
    const data = { ...tunnelOf(tunnel), bytes: { toTarget, fromTarget }, durationMs, ...reasonOf(error) };
    this.#writeSoon('tunnel.closed', joinHostPort(tunnel.target), data);
  }

  /** The last event is that the server has stopped; then everything is on disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#write('server.stopped', this.#serverID, {});
    await this.#writer[Symbol.asyncDispose]();
    await this.#closing?.();
  }

  #write(what: string, subject: string, data: object): void {
    this.#writer.keepSoon(eventRecord(this.#source.event(what, cut(subject), data)), false);
    this.#writer.flush();
  }

  #writeSoon(what: string, subject: string, data: object): void {
    this.#writer.keepSoon(eventRecord(this.#source.event(what, cut(subject), data)));
  }
}

function factsOf<T extends { readonly agentID: string }>(agent: T): T {
  return { ...agent, agentID: cut(agent.agentID) };
}

function requestOf({ target, client, frontEnd }: TunnelRequest): TunnelRequest {
  return { target: { host: cut(target.host), port: target.port }, client: cut(client), frontEnd };
}

function tunnelOf(tunnel: TunnelFacts): TunnelFacts {
  return { id: tunnel.id, ...requestOf(tunnel), agent: factsOf(tunnel.agent) };
}

function reasonOf(error: Error | undefined): { reason?: string } {
  return error === undefined ? {} : { reason: cut(error.message) };
}
