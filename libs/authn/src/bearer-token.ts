import { type Rejected, rejected } from './authentication.ts';

/**
 * The token of an Authorization header. Other schemes, Basic among them, are no credential here, and neither
 * is an empty token: such a request goes on as an anonymous one, as upstream
 * (apiserver/pkg/authentication/request/bearertoken).
 */
export function bearerToken(authorizationHeader: string | undefined): string | undefined {
  const [scheme = '', token = ''] = (authorizationHeader ?? '').trim().split(' ', 2);
  return scheme.toLowerCase() === 'bearer' && token !== '' ? token : undefined;
}

export interface WebSocketToken {
  readonly token: string;
  /** The protocols without the one that carries the token: what may be echoed and handed on. */
  readonly protocols: string;
}

const PREFIX = 'base64url.bearer.authorization.k8s.io.';

/**
 * The token that a browser, which cannot set headers on a WebSocket, sends as one of its subprotocols
 * (apiserver/pkg/authentication/request/websocket).
 * @param protocols the Sec-WebSocket-Protocol header of a request that asks for a WebSocket.
 * @returns undefined when there is none.
 */
export function webSocketToken(protocols: string | undefined): WebSocketToken | Rejected | undefined {
  if (protocols === undefined || !protocols.includes(PREFIX)) return undefined;
  const all = protocols.split(',').map((protocol) => protocol.trim());
  const others = all.filter((protocol) => !protocol.startsWith(PREFIX));
  const [encoded, ...more] = all.filter((protocol) => protocol.startsWith(PREFIX));
  if (encoded === undefined) return undefined;
  if (more.length > 0) return rejected('more than one bearer token among the WebSocket protocols');
  const token = decode(encoded.slice(PREFIX.length));
  if (token === undefined) return rejected('bearer token among the WebSocket protocols is malformed');
  if (token === '') return undefined;
  // The server answers with a protocol of the client's, and never with the one that is a secret.
  if (others.length === 0) return rejected('no WebSocket protocol beside the bearer token');
  return { token, protocols: others.join(',') };
}

function decode(encoded: string): string | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(encoded) || encoded.length % 4 === 1) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64url'));
  } catch {
    return undefined;
  }
}
