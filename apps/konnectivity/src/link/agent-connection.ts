import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { DialError, type Target } from '@hawser/dial';

/** Which of the two agent protocols a link speaks; chosen by ALPN. */
export type AgentProtocol = 'yamux' | 'grpc';

/** What an agent says of itself when it connects: claims, of which the server believes what it can check. */
export interface AgentHello {
  readonly agentID: string;
  /** Upstream's URL-encoded form: `ipv4=10.0.0.1&host=node-1&cidr=10.244.1.0/24&default-route=true`. */
  readonly identifiers: string;
  /** A service account token, from agents that have one. */
  readonly token?: string;
}

/** What a server says of itself to an agent. */
export interface ServerHello {
  readonly serverID: string;
  /** How many servers the agent is to be connected to. */
  readonly serverCount: number;
}

/** One agent's connection as the server sees it, whatever protocol it speaks. */
export interface AgentConnection {
  readonly agentID: string;
  readonly protocol: AgentProtocol;
  /** Whether the agent has asked for no further dials. */
  readonly draining: boolean;
  /**
   * Has the agent connect to a target. One that leaves a dial without an answer for a second is asked whether it is
   * there: a target that does not answer either is not to be taken for it.
   * @throws DialError with the agent's reason, or when the signal aborts; AgentGoneError when the agent goes before it
   * has answered. Nothing is left behind.
   */
  dial(target: Target, signal: AbortSignal): Promise<Duplex>;
  /** Resolves when the connection has ended, with the reason where it did not end in order. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Lets the agent know, where the protocol can say so, that no further dials come; tunnels that run go on. */
  goAway?(): void;
  /** Ends the connection and every tunnel through it. */
  close(): void;
}

/** The agent went, or would take no more, before it had answered a dial: another may be asked. */
export class AgentGoneError extends DialError {
  override name = 'AgentGoneError';
}

/** Why an agent is turned away: it is told the message. */
export class AgentRefusedError extends Error {
  override name = 'AgentRefusedError';

  constructor(
    readonly code: 'Unauthenticated' | 'PermissionDenied' | 'InvalidArgument' | 'Unavailable',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What the protocols ask of the server they are part of. */
export interface AgentReception {
  /** Asked for each link anew: the number of servers may change. */
  serverHello(): ServerHello;
  /**
   * Whether an agent may serve, by its certificate (of the socket) or token; called before anything is dialled.
   * @returns what takes the agent's connection once its protocol is ready.
   * @throws AgentRefusedError
   */
  admit(hello: AgentHello, socket: TLSSocket): Promise<(connection: AgentConnection) => void>;
}

/**
 * The server's side of one protocol: serves the agents of a TLS connection that chose it by ALPN, for as long as the
 * connection lasts. Never throws; what goes wrong ends the connection. An agent that has not introduced itself in time
 * is the caller's affair.
 */
export type ServeAgent = (socket: TLSSocket, reception: AgentReception, options: ServeAgentOptions) => void;

export interface ServeAgentOptions {
  /** A tunnel was closed because its reader had stalled and held up others: the protocol could not hold it back alone. */
  readonly onStalled?: () => void;
  /** How often an agent that says nothing is asked whether it is there; it is given up after as long without an answer. */
  readonly keepAliveMs: number;
}
