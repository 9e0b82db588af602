import type { Duplex } from 'node:stream';

/** Where a connection is to go. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** The node that it is on, where the way may lead through nodes: never told by an address, which others may claim. */
  readonly node?: string | undefined;
}

/**
 * The one way by which the control plane reaches towards nodes, pods and services. How the bytes get there
 * (directly, through SSH, through a tunnel that the node opened) is the adapter's affair; TLS with verification
 * is laid over whatever comes back.
 */
export interface Dialer {
  /** Whether nobody between here and the target's machine can read along: given by tunnels. */
  readonly encrypted?: boolean;
  /**
   * Whether host names are looked up where the connection comes out. Who dials through it asks no DNS of its own: the
   * question would go around it, and the answer be another network's.
   */
  readonly resolvesNames?: boolean;
  /** What every connection goes through, as messages name it; absent where nothing is in between. */
  readonly through?: string;
  /**
   * @returns a connected byte stream, not paused: it flows for the first who listens.
   * @throws DialError when the target cannot be reached; it names the way that was tried.
   */
  dial(target: Target, signal?: AbortSignal): Promise<Duplex>;
}

export class DialError extends Error {
  override name = 'DialError';
}
