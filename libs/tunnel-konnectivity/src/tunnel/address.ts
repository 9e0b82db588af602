import { isIPv6 } from 'node:net';
import type { Target } from '@hawser/dial';

/** @returns `host:port`, with brackets around an IPv6 address, as Go's net.JoinHostPort. */
export function joinHostPort({ host, port }: Target): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** @returns undefined where the text is no `host:port`. */
export function splitHostPort(address: string): Target | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]+)\]|([^[\]:]+)):([0-9]{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
