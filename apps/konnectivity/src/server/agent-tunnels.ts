import type { Duplex } from 'node:stream';
import type { Clock } from '@hawser/runtime';
import { AgentGoneError } from '../link/agent-connection.ts';
import {
  type Tunnel,
  type TunnelBytes,
  TunnelError,
  type TunnelFailureReason,
  type TunnelOpener,
  type TunnelRequest,
} from '../link/front-end.ts';
import type { AgentDirectory } from './backends/agent-directory.ts';
import type { ConnectedAgent } from './backends/connected-agent.ts';
import type { ProxyStrategy } from './backends/proxy-strategy.ts';
import { SilentAgents } from './backends/silent-agents.ts';
import type { ServerEvents, TunnelFacts } from './server-events.ts';
import type { ServerMetrics } from './server-metrics.ts';

export interface AgentTunnelsOptions {
  readonly serverID: string;
  readonly directory: AgentDirectory;
  readonly strategies: readonly ProxyStrategy[];
  /** How long all tries of a dial may take together. */
  readonly dialTimeoutMs: number;
  readonly events: ServerEvents;
  readonly metrics: ServerMetrics;
  readonly clock: Clock;
}

/** Opens tunnels through the agents, and keeps count of them. */
export class AgentTunnels implements TunnelOpener {
  readonly #options: AgentTunnelsOptions;
  readonly #silent: SilentAgents;
  readonly #running = new Set<Tunnel>();
  #lastId = 0;
  #pending = 0;
  #draining = false;
  readonly #idle = Promise.withResolvers<void>();

  constructor(options: AgentTunnelsOptions) {
    this.#options = options;
    this.#silent = new SilentAgents(options.clock);
  }

  /** No tunnel is opened any more; those that run go on. @returns when the last has ended. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#noteIdle();
    await this.#idle.promise;
  }

  async open(request: TunnelRequest, signal: AbortSignal): Promise<Tunnel> {
    const { metrics, clock } = this.#options;
    const startedMs = clock.now().getTime();
    this.#countPending(1);
    try {
      const { agent, stream } = await this.#dial(request, signal);
      metrics.observeDial((clock.now().getTime() - startedMs) / 1000);
      return this.#start(request, agent, stream);
    } catch (error) {
      throw this.#refuse(request, error);
    } finally {
      this.#countPending(-1);
    }
  }

  async #dial(
    request: TunnelRequest,
    signal: AbortSignal,
  ): Promise<{ agent: ConnectedAgent; stream: Duplex }> {
    const { directory, strategies, dialTimeoutMs, clock } = this.#options;
    if (this.#draining) throw this.#error('no_agent', 'the server is shutting down');
    // One controller for both, by hand: signals made of signals outlive what they were made for.
    const stop = new AbortController();
    const onAbort = () => stop.abort(this.#error('frontend_close', 'the client has gone'));
    const onTimeout = () =>
      stop.abort(this.#error('backend_dial_timeout', 'timed out waiting for backend dial'));
    using _deadline = clock.after(dialTimeoutMs, onTimeout);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await this.#tryEach(request, directory.candidates(request.target, strategies), stop.signal);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Asks one agent after the other, as long as they go before they have answered. */
  async #tryEach(request: TunnelRequest, agents: Iterable<ConnectedAgent>, signal: AbortSignal) {
    const { host, port } = request.target;
    const tried = new Set<ConnectedAgent>();
    let last: Error | undefined;
    let silent: ConnectedAgent | undefined;
    for (const agent of agents) {
      signal.throwIfAborted();
      if (tried.has(agent)) continue;
      tried.add(agent);
      if (this.#silent.has(agent)) {
        silent = agent;
        continue;
      }
      const leftUnanswered = this.#silent.expect(agent);
      try {
        return { agent, stream: await agent.connection.dial(request.target, signal) };
      } catch (error) {
        if (signal.aborted) leftUnanswered();
        signal.throwIfAborted();
        last = error as Error;
        const through = `agent ${agent.connection.agentID}`;
        if (!(error instanceof AgentGoneError))
          throw this.#error(
            'error_response',
            `${through} cannot reach ${host}:${port}: ${last.message}`,
            error,
          );
        this.#options.metrics.observeDialFailure('backend_close');
      }
    }
    if (last !== undefined)
      throw this.#error('backend_close', `every agent for ${host} has gone: ${last.message}`);
    if (silent !== undefined)
      throw this.#error('backend_dial_timeout', `agent ${silent.connection.agentID} does not answer`);
    throw this.#error('no_agent', `no agent is connected that serves ${host}${this.#whyNone()}`);
  }

  /** For who wonders, with agents connected: those without a Node are for nothing until something is granted. */
  #whyNone(): string {
    const { size, idle } = this.#options.directory;
    if (idle === 0) return '';
    return ` (${idle} of ${size} agents connected may serve nothing: no known Node is theirs by certificate or token, and nothing was granted to them)`;
  }

  #error(reason: TunnelFailureReason, what: string, cause?: unknown): TunnelError {
    return new TunnelError(reason, `konnectivity tunnel (server ${this.#options.serverID}): ${what}`, {
      cause,
    });
  }

  #refuse(request: TunnelRequest, error: unknown): TunnelError {
    const { events, metrics } = this.#options;
    const refusal =
      error instanceof TunnelError ? error : this.#error('error_response', (error as Error).message, error);
    // Each agent that went has been counted already.
    if (refusal.reason !== 'backend_close') metrics.observeDialFailure(refusal.reason);
    events.tunnelRefused(request, refusal.reason, refusal.message);
    return refusal;
  }

  #start(request: TunnelRequest, agent: ConnectedAgent, stream: Duplex): Tunnel {
    const { events, metrics, clock } = this.#options;
    const startedMs = clock.now().getTime();
    this.#lastId += 1;
    const facts: TunnelFacts = { ...request, id: this.#lastId, agent: agent.facts };
    let over = false;
    const ended = (bytes: TunnelBytes) => {
      if (over) return;
      over = true;
      this.#running.delete(tunnel);
      const durationMs = clock.now().getTime() - startedMs;
      metrics.establishedConnections.set(this.#running.size);
      metrics.observeClosed(bytes, durationMs / 1000);
      events.tunnelClosed(facts, bytes, durationMs);
      this.#noteIdle();
    };
    const tunnel: Tunnel = { stream, agentID: agent.connection.agentID, ended };
    this.#running.add(tunnel);
    metrics.establishedConnections.set(this.#running.size);
    events.tunnelOpened(facts);
    return tunnel;
  }

  #countPending(by: 1 | -1): void {
    this.#pending += by;
    this.#options.metrics.pendingDials.set(this.#pending);
    this.#noteIdle();
  }

  #noteIdle(): void {
    if (this.#draining && this.#running.size === 0 && this.#pending === 0) this.#idle.resolve();
  }
}
