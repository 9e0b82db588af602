import type { IncomingMessage } from 'node:http';

type Header = readonly [name: string, value: string];

/** Of one connection (RFC 9110, section 7.6.1), with what `Connection` names; an upgrade is asked for anew. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  // The hub has answered it by itself.
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Who the caller is to the hub, or says to be, is not for those behind it: with it they could act in the caller's
 * name. Upstream drops `Authorization` and the impersonation headers once it has read them, and passes cookies on;
 * here they are what the caller has at the hub's host, whoever set them.
 */
const OF_THE_CALLER: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'x-remote-user',
  'x-remote-uid',
  'x-remote-group',
  'x-client-cert',
  'x-ssl-cert',
  'x-ssl-client-cert',
  'x-forwarded-client-cert',
  'ssl-client-cert',
  'client-cert',
  'client-cert-chain',
]);

const OF_THE_CALLER_PREFIXES = ['impersonate-', 'x-remote-extra-'];

/** Said by the hub itself, so that nobody else can. */
const OF_THE_HUB: ReadonlySet<string> = new Set([
  'host',
  'forwarded',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-uri',
]);

/** A bearer token may hide among WebSocket subprotocols (apiserver/pkg/authentication/request/websocket). */
const TOKEN_PROTOCOL_PREFIX = 'base64url.bearer.authorization.k8s.io.';

/**
 * The headers of a request that go on to what is behind the hub, in their order and spelling.
 * @param sourceAddress whom the request came from, to be added to `X-Forwarded-For`.
 */
export function forwardedHeaders(request: IncomingMessage, sourceAddress: string): Header[] {
  const named = new Set(listOf(request.headers.connection));
  const kept = pairsOf(request.rawHeaders).flatMap(([name, value]): Header[] => {
    const lower = name.toLowerCase();
    // HTTP/2 has the request line among its headers.
    if (name.startsWith(':')) return [];
    if (HOP_BY_HOP.has(lower) || named.has(lower) || OF_THE_HUB.has(lower)) return [];
    if (isOfTheCaller(lower) || lower === 'x-forwarded-for') return [];
    return lower === 'sec-websocket-protocol' ? withoutToken(name, value) : [[name, value]];
  });
  const before = request.headers['x-forwarded-for'];
  const hops = before === undefined ? sourceAddress : `${before}, ${sourceAddress}`;
  return [...kept, ['X-Forwarded-For', hops]];
}

/** The headers of an answer that go on to the client: those of the connection, and of whose page it is, do not. */
export function returnedHeaders(rawHeaders: readonly string[]): Header[] {
  const all = pairsOf(rawHeaders);
  const named = new Set(
    all.flatMap(([name, value]) => (name.toLowerCase() === 'connection' ? listOf(value) : [])),
  );
  return all.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && !named.has(lower) && !NOT_RETURNED.has(lower);
  });
}

/**
 * Whom a page may be shared with is the hub's to say (upstream's `removeCORSHeaders`), and so is what a browser
 * keeps for the hub's host.
 */
const NOT_RETURNED: ReadonlySet<string> = new Set([
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'alt-svc',
  'audit-id',
  'clear-site-data',
  'service-worker-allowed',
  'strict-transport-security',
]);

function isOfTheCaller(name: string): boolean {
  return OF_THE_CALLER.has(name) || OF_THE_CALLER_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function withoutToken(name: string, value: string): Header[] {
  const kept = value
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => !protocol.startsWith(TOKEN_PROTOCOL_PREFIX));
  return kept.length === 0 ? [] : [[name, kept.join(', ')]];
}

function pairsOf(raw: readonly string[]): Header[] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i]!, raw[2 * i + 1]!]);
}

function listOf(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}

/** The host that a client asked, over either version of HTTP. */
export function hostOf({ headers }: IncomingMessage): string {
  return headers.host ?? String((headers as Record<string, unknown>)[':authority'] ?? '');
}
