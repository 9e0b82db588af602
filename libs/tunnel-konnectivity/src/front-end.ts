import type { Socket } from 'node:net';

/** How to reach the Konnectivity server, whatever is spoken with it then. */
export interface FrontEnd {
  /** As messages call it: `https://127.0.0.1:8131`, `unix:///run/konnectivity-server.socket`. */
  readonly name: string;
  /** Without its scheme, as upstream's messages have it. */
  readonly address: string;
  /**
   * Opens a connection of its own; both its halves end by themselves.
   * @throws Error with the reason; what the signal aborts throws its reason and leaves nothing open.
   */
  connect(signal: AbortSignal): Promise<Socket>;
  /** A connection that was opened ahead, where there is one. It may turn out to be dead. */
  takeSpare?(): Socket | undefined;
  /** Opens a connection ahead of need, where that is worth it, and keeps it for a short while. */
  prepareSpare?(): void;
  /** Closes what was opened ahead, and opens no more ahead. */
  [Symbol.dispose]?(): void;
}
