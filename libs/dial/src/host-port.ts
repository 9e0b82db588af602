import type { Target } from './dialer.ts';

/** @returns `host:port`, with brackets around a host that has colons, as Go's net.JoinHostPort. */
export function joinHostPort({ host, port }: Target): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** @returns undefined where the text is no `host:port`. */
export function splitHostPort(address: string): Target | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]+)\]|([^[\]:]+)):([0-9]{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
