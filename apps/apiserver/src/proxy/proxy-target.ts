import type { Node } from '@hawser/api';

/** Something that requests are passed on to, at an address that was checked. */
export interface AddressTarget {
  readonly scheme: 'http' | 'https';
  /** What may be dialled: an IP address, or a name that is looked up and proved where the connection comes out. */
  readonly address: string;
  readonly port: number;
  /** The node that it is on. */
  readonly node: string | undefined;
  /** What its certificate must be for. */
  readonly serverName: string;
  /** Whether its owner asks that its certificate be not verified. */
  readonly insecure: boolean;
}

/** The kubelet of a node, reached and verified as for everything else. */
export interface KubeletTarget {
  readonly kubelet: Node;
}

export type ProxyTarget = AddressTarget | KubeletTarget;

const PROXY_TLS = 'hawser.dev/proxy-tls';

/** Whether an object opts out of the verification of what stands behind it. */
export function asksInsecure({
  metadata,
}: {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}): boolean {
  return metadata.annotations?.[PROXY_TLS] === 'insecure';
}

const DEFAULT_PORTS = { http: 80, https: 443 };

/** The number of a port. @throws Error, in Go's words, for what is none. */
export function portNumber(scheme: 'http' | 'https', port: string): number {
  if (port === '') return DEFAULT_PORTS[scheme];
  const number = Number(port);
  if (!/^\d{1,5}$/.test(port) || number < 1 || number > 65_535)
    throw new Error(`address ${port}: invalid port`);
  return number;
}
