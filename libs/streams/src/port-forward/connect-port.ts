import type { Duplex } from 'node:stream';

/**
 * Connects to a port of the pod.
 * @param signal aborts when the client is gone, or no longer wants this connection.
 * @returns a byte stream that ends by halves.
 * @throws Error whose message is told to the client, as upstream's
 * `error forwarding port 80 to pod NAME, uid UID: …`.
 */
export type ConnectPort = (port: number, signal: AbortSignal) => Promise<Duplex>;

/** A port in a header or query (1 to 65535). @returns undefined for anything else. */
export function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 0xffff ? port : undefined;
}

/** What the client is told of a connection that was not made. */
export function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'the port cannot be forwarded';
}
