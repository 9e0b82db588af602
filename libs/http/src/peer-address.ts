import type { IncomingMessage } from 'node:http';
import { tlsSocketOf } from './tls-listener.ts';

/** The address that a request comes from; an IPv4 address in IPv6 clothes (`::ffff:127.0.0.1`) is shown plain. */
export function peerAddress(request: IncomingMessage): string {
  const address = tlsSocketOf(request).remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
