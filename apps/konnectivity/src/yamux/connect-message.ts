import { joinHostPort, type Target } from '@hawser/dial';

/** How the server names the target of a stream (RFC 9110, section 9.3.6). */
export function connectRequest(target: Target): string {
  const authority = joinHostPort(target);
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
}

/** @returns where a CONNECT request leads to; undefined for what is none. */
export function parseConnectRequest(head: string): Target | undefined {
  const line = head.split('\r\n', 1)[0]!;
  const [, ipv6, name, digits] =
    /^CONNECT (?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^\s:[\]/@]+)):(\d{1,5}) HTTP\/1\.1$/.exec(line) ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

export const CONNECTED = 'HTTP/1.1 200 OK\r\n\r\n';

const REASON_PHRASES = { 400: 'Bad Request', 502: 'Bad Gateway', 504: 'Gateway Timeout' };

/** Says why there is no connection. */
export function refusal(code: keyof typeof REASON_PHRASES, reason: string): string {
  const body = Buffer.from(reason).subarray(0, MAX_REASON_BYTES);
  const type = 'Content-Type: text/plain; charset=utf-8';
  return `HTTP/1.1 ${code} ${REASON_PHRASES[code]}\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** So much of a reason is told. */
export const MAX_REASON_BYTES = 4096;

/** @returns the status of an answer; undefined for what is none. */
export function parseStatus(head: string): number | undefined {
  const digits = /^HTTP\/1\.[01] (\d{3})(?: |\r\n|$)/.exec(head)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
