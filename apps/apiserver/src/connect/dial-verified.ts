import type { TLSSocket } from 'node:tls';
import { type Dialer, type Target, type TlsClientOptions, tlsOver } from '@hawser/dial';
import { namingWay, type Way } from './naming-way.ts';

const HANDSHAKE_MS = 10_000;
/** As for a dial: a client that asks twice is to hear within five seconds that the tunnel is frozen. */
const TUNNELLED_HANDSHAKE_MS = 2_000;

/** How long a handshake with a target may take. */
export const handshakeTimeoutMs = ({ through }: Way): number =>
  through === undefined ? HANDSHAKE_MS : TUNNELLED_HANDSHAKE_MS;

/**
 * Connects to a target, and verifies by TLS that it is who was meant.
 * @param peer who that is; what it is proved by was read before anything is dialled, so that nothing stays where it
 *   cannot be.
 * @throws DialError, which names the way.
 */
export async function dialVerified(
  dialer: Dialer,
  target: Target,
  peer: Omit<TlsClientOptions, 'timeoutMs' | 'signal'>,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const stream = await dialer.dial(target, signal);
  const timeoutMs = handshakeTimeoutMs(dialer);
  return namingWay(dialer, tlsOver(stream, { ...peer, signal, timeoutMs }));
}
