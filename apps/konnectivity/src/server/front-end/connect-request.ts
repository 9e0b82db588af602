import { isIPv6 } from 'node:net';
import type { Target } from '@hawser/dial';

/** Why a request at the front end is refused before anything is dialled. */
export class ConnectRefusal extends Error {
  override name = 'ConnectRefusal';

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads the head of an HTTP/1.1 CONNECT (RFC 9110, section 9.3.6). Headers mean nothing to a tunnel and are passed over.
 * @param head without the empty line at its end.
 * @throws ConnectRefusal
 */
export function parseConnect(head: string): Target {
  const [requestLine = ''] = head.split('\r\n', 1);
  const [method, authority, version, ...rest] = requestLine.split(' ');
  if (rest.length > 0 || !/^HTTP\/1\.[01]$/.test(version ?? ''))
    throw new ConnectRefusal(400, 'malformed request');
  if (method !== 'CONNECT') throw new ConnectRefusal(405, 'this proxy only supports CONNECT passthrough');
  return parseAuthority(authority ?? '');
}

/** @throws ConnectRefusal for what is not `host:port`; an IPv6 address stands in brackets. */
export function parseAuthority(authority: string): Target {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9.])?)):(\d{1,5})$/.exec(
    authority,
  );
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[4]);
  if (match === null || port < 1 || port > 65535 || host.length > 253 || (match[1] && !isIPv6(host)))
    throw new ConnectRefusal(400, 'the target is not HOST:PORT');
  return { host, port };
}
