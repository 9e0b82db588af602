import type { IncomingMessage } from 'node:http';
import { UpgradeRefusedError } from './upgrade-error.ts';

/** What of a request decides on an upgrade. */
export type UpgradeRequest = Pick<IncomingMessage, 'headers' | 'method' | 'url'>;

/** The name of SPDY/3.1 in `Upgrade`. */
export const SPDY = 'SPDY/3.1';
/** SPDY's header with the protocols that a client offers, and the one that a server has chosen. */
export const STREAM_PROTOCOL_HEADER = 'X-Stream-Protocol-Version';
const ACCEPTED_PROTOCOLS_HEADER = 'X-Accepted-Stream-Protocol-Versions';

/** Whether a request asks for a WebSocket (upstream's `wsstream.IsWebSocketRequest`). */
export function isWebSocketRequest({ headers }: UpgradeRequest): boolean {
  return wantsUpgrade(headers.connection) && headers.upgrade?.toLowerCase() === 'websocket';
}

/** Whether a request asks for SPDY/3.1. */
export function isSpdyRequest({ headers }: UpgradeRequest): boolean {
  return wantsUpgrade(headers.connection) && headers.upgrade?.toLowerCase().includes('spdy/3.1') === true;
}

const wantsUpgrade = (connection: string | undefined) =>
  connection?.toLowerCase().includes('upgrade') === true;

/** The subprotocols that a client of WebSocket offers, in its order (RFC 6455, section 11.3.4). */
export function offeredWebSocketProtocols({ headers }: UpgradeRequest): readonly string[] {
  return listOf(headers['sec-websocket-protocol']);
}

/** The protocols that a client of SPDY offers, in its order. @throws UpgradeRefusedError when it offers none. */
export function offeredSpdyProtocols({ headers }: UpgradeRequest): readonly string[] {
  const value = headers[STREAM_PROTOCOL_HEADER.toLowerCase()];
  const name = STREAM_PROTOCOL_HEADER;
  if (value === undefined)
    throw new UpgradeRefusedError(400, `unable to upgrade: header ${name} does not exist in request`);
  const offered = listOf(value);
  if (offered.length > 0) return offered;
  throw new UpgradeRefusedError(400, `unable to upgrade: header ${name} contains no valid protocols`);
}

/**
 * The first of a WebSocket client's offers that is supported; '' when it offers none and that is supported.
 * @throws UpgradeRefusedError when none fits.
 */
export function chooseWebSocketProtocol(
  request: UpgradeRequest,
  supported: { has(name: string): boolean; keys(): Iterable<string> },
): string {
  const offered = offeredWebSocketProtocols(request);
  const chosen = (offered.length === 0 ? [''] : offered).find((name) => supported.has(name));
  if (chosen !== undefined) return chosen;
  const ours = [...supported.keys()].filter((name) => name !== '');
  throw new UpgradeRefusedError(
    403,
    `requested protocol(s) are not supported: [${offered.join(' ')}]; supports [${ours.join(' ')}]`,
  );
}

/**
 * The first of a SPDY client's offers that is supported.
 * @throws UpgradeRefusedError when none fits; its headers then list ours.
 */
export function chooseSpdyProtocol(
  request: UpgradeRequest,
  supported: { has(name: string): boolean; keys(): Iterable<string> },
): string {
  const offered = offeredSpdyProtocols(request);
  const chosen = offered.find((name) => supported.has(name));
  if (chosen !== undefined) return chosen;
  const ours = [...supported.keys()];
  throw new UpgradeRefusedError(
    403,
    'unable to upgrade: unable to negotiate protocol: ' +
      `client supports [${offered.join(' ')}], server accepts [${ours.join(' ')}]`,
    ours.map((name) => [ACCEPTED_PROTOCOLS_HEADER, name]),
  );
}

/** @throws UpgradeRefusedError, always: the request asks for nothing that is known. */
export function refuseUpgrade(): never {
  throw new UpgradeRefusedError(400, 'unable to upgrade: missing upgrade headers in request');
}

function listOf(header: string | readonly string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .flatMap((line) => line.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
