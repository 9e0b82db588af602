import type { Duplex } from 'node:stream';
import type { Target } from '@hawser/dial';

/** What somebody at a front end asks for. */
export interface TunnelRequest {
  readonly target: Target;
  /** Who asks: the common name of the client's certificate, or the unix socket's path. */
  readonly client: string;
  readonly frontEnd: 'http-connect' | 'grpc';
}

/** How much went through a tunnel, in bytes. */
export interface TunnelBytes {
  readonly toTarget: number;
  readonly fromTarget: number;
  /** Why it ended, where it did not end in order. */
  readonly error?: Error;
}

/** A connection to a target through an agent. */
export interface Tunnel {
  readonly stream: Duplex;
  readonly agentID: string;
  /** To be called once, when no more will go through it. */
  ended(bytes: TunnelBytes): void;
}

/** Why there is no tunnel; upstream's words for it are the labels of `dial_failure_count`. */
export type TunnelFailureReason =
  | 'no_agent'
  | 'error_response'
  | 'backend_close'
  | 'backend_dial_timeout'
  | 'frontend_close';

/** The message names the tunnel, so that whoever hears of it knows which way was tried. */
export class TunnelError extends Error {
  override name = 'TunnelError';

  constructor(
    readonly reason: TunnelFailureReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What front ends ask of the server that they are part of. */
export interface TunnelOpener {
  /**
   * Finds an agent for the target and has it connect there; the server's own deadline for dials applies.
   * @param signal aborts when who asked has gone.
   * @throws TunnelError
   */
  open(request: TunnelRequest, signal: AbortSignal): Promise<Tunnel>;
}

/**
 * One protocol of the front end: serves a client, who has been verified, on a connection of its own, TLS or unix
 * socket, for as long as that lasts. Never throws.
 */
export type ServeFrontEnd = (connection: Duplex, client: string, opener: TunnelOpener) => void;
