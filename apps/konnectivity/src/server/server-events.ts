import type { Logger } from '@hawser/observability';
import type { AgentProtocol, AgentRefusedError } from '../link/agent-connection.ts';
import type { TunnelBytes, TunnelFailureReason, TunnelRequest } from '../link/front-end.ts';
import type { RejectedClaim } from './identifiers/parse-identifiers.ts';

/** An agent, as events speak of it. */
export interface AgentFacts {
  /** What it calls itself. */
  readonly agentID: string;
  /** Who it is by its credential. */
  readonly identity: string;
  readonly nodeName?: string;
  readonly protocol: AgentProtocol;
  readonly remoteAddress: string;
}

/** One that was turned away: of what it says nothing has been found true. */
export interface RefusedAgent {
  readonly agentID: string;
  readonly remoteAddress: string;
  readonly code: AgentRefusedError['code'];
  readonly reason: string;
  /** How many were turned away before, since the last that was told of: strangers come in floods. */
  readonly unreported?: number;
}

/** A tunnel, as events speak of it. */
export interface TunnelFacts extends TunnelRequest {
  /** Counts the tunnels of this server. */
  readonly id: number;
  readonly agent: AgentFacts;
}

/**
 * What happens at a server, for those who keep a record of it. Nothing of it may throw or wait: tunnels do not wait for
 * the record.
 */
export interface ServerEvents {
  agentConnected(agent: AgentFacts): void;
  /** @param error undefined when it went in order. */
  agentLost(agent: AgentFacts, error: Error | undefined): void;
  agentRefused(agent: RefusedAgent): void;
  /** Of what an agent claims, that which it did not claim in vain before and does now. */
  claimsRejected(agent: AgentFacts, claims: readonly RejectedClaim[]): void;
  tunnelOpened(tunnel: TunnelFacts): void;
  tunnelRefused(request: TunnelRequest, reason: TunnelFailureReason, message: string): void;
  tunnelClosed(tunnel: TunnelFacts, bytes: TunnelBytes, durationMs: number): void;
}

/** Says in the log what happens. */
export class LoggedServerEvents implements ServerEvents {
  constructor(private readonly logger: Logger) {}

  agentConnected(agent: AgentFacts): void {
    this.logger.info({ ...agent }, 'agent connected');
  }

  agentLost(agent: AgentFacts, error: Error | undefined): void {
    this.logger.info({ ...agent, why: error?.message }, 'agent lost');
  }

  agentRefused(agent: RefusedAgent): void {
    this.logger.warn({ ...agent }, 'agent refused');
  }

  claimsRejected(agent: AgentFacts, claims: readonly RejectedClaim[]): void {
    this.logger.warn(
      { ...agent, claims: claims.slice(0, 20) },
      "some of an agent's identifiers do not count",
    );
  }

  tunnelOpened({ id, target, client, agent }: TunnelFacts): void {
    this.logger.debug({ id, ...target, client, agentID: agent.agentID }, 'tunnel opened');
  }

  tunnelRefused({ target, client }: TunnelRequest, reason: TunnelFailureReason, message: string): void {
    this.logger.info({ ...target, client, reason, why: message }, 'tunnel refused');
  }

  tunnelClosed({ id }: TunnelFacts, { error, ...bytes }: TunnelBytes, durationMs: number): void {
    this.logger.debug({ id, ...bytes, durationMs, why: error?.message }, 'tunnel closed');
  }
}
