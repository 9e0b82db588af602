import type { Duplex } from 'node:stream';
import type { Target } from '@hawser/dial';
import { Code, type GrpcConnection, GrpcError, type GrpcStatus, type ServerCall } from '@hawser/grpc';
import { systemClock } from '@hawser/runtime';
import { type BufferLimits, TunnelClient, TunnelClosedError } from '@hawser/tunnel-konnectivity';
import { type AgentConnection, AgentGoneError } from '../link/agent-connection.ts';

/** When one has cause to doubt that an agent is there. */
export interface Doubt {
  /** A dial has had no answer for so long: the agent is pinged. */
  readonly afterMs: number;
  /** Nothing has come for so long then: the agent is gone. */
  readonly timeoutMs: number;
}

const DEFAULT_DOUBT: Doubt = { afterMs: 1_000, timeoutMs: 5_000 };

export interface GrpcAgentsOptions {
  readonly bufferLimits?: BufferLimits;
  readonly doubt?: Doubt;
  /** A tunnel was closed because whoever reads from it was too far behind. */
  readonly onOverflow?: () => void;
}

/** How long an agent may take to read why its connection is closed. */
const FAREWELL_MS = 1_000;

/** An agent's connection by upstream's protocol. */
export class GrpcAgentConnection implements AgentConnection {
  readonly protocol = 'grpc';
  readonly closed: Promise<Error | undefined>;
  readonly #call: ServerCall;
  readonly #connection: GrpcConnection;
  readonly #tunnels: TunnelClient;

  constructor(
    readonly agentID: string,
    call: ServerCall,
    connection: GrpcConnection,
    { bufferLimits, doubt = DEFAULT_DOUBT, onOverflow }: GrpcAgentsOptions,
  ) {
    this.#call = call;
    this.#connection = connection;
    this.#tunnels = new TunnelClient(call, {
      ...(bufferLimits === undefined ? {} : { bufferLimits }),
      onOverflow: () => onOverflow?.(),
      doubtMs: doubt.afterMs,
      doubt: () => connection.probe(doubt.timeoutMs),
    });
    this.closed = this.#tunnels.closed.then(errorOf);
    // The connection is of no use without its call.
    void this.closed.then(() => connection.goAway());
  }

  get draining(): boolean {
    return this.#tunnels.draining;
  }

  async dial(target: Target, signal: AbortSignal): Promise<Duplex> {
    try {
      return await this.#tunnels.dial(target, signal);
    } catch (error) {
      if (!(error instanceof TunnelClosedError)) throw error;
      throw new AgentGoneError(error.message, { cause: error });
    }
  }

  close(): void {
    this.#call.finish({ code: Code.unavailable, message: 'server is closing the connection' });
    // After what was said last, if the agent still reads; the same again is harmless.
    systemClock.after(FAREWELL_MS, () => this.#connection.destroy());
  }
}

/** Agents that leave cancel their call or end it. */
export function errorOf(status: GrpcStatus): Error | undefined {
  return status.code === Code.ok || status.code === Code.canceled ? undefined : new GrpcError(status);
}
