import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Target } from '@hawser/dial';
import type { AgentHello } from './agent-connection.ts';

/** One link to a server as the agent sees it, whatever protocol it speaks. */
export interface ServerConnection {
  readonly serverID: string;
  /** How many servers there are, as this one says. */
  readonly serverCount: number;
  /** Resolves when the link has ended, with the reason where it did not end in order. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Resolves when the server has said that it asks for no further dials; tunnels that run go on. */
  readonly goingAway?: Promise<void>;
  /** Asks the server for no further dials; tunnels that run go on. */
  drain(): void;
  /** How many tunnels run. */
  readonly tunnels: number;
  /** Ends the link and every tunnel through it. */
  close(): void;
}

export interface ServerConnectionOptions {
  readonly hello: AgentHello;
  /**
   * Connects to a target in this agent's network.
   * @throws DialError, whose message goes back to who asked.
   */
  readonly dialTarget: (target: Target, signal: AbortSignal) => Promise<Duplex>;
  /** How often the server is asked whether it is there; it is given up after as long without an answer. */
  readonly keepAliveMs: number;
}

/**
 * Introduces an agent over a TLS connection whose server has been verified.
 * @throws Error when the server turns it away, with the server's reason.
 */
export type ConnectServer = (
  socket: TLSSocket,
  options: ServerConnectionOptions,
) => Promise<ServerConnection>;
