import type { TestNetwork } from './test-network.ts';

/** Connections from a host to a port of another. */
export interface Link {
  /** The host whose connections are taken. */
  readonly from: string;
  /** Whom it means to speak to. */
  readonly address: string;
  readonly port: number;
  /** Whether they are taken on that host itself; by default those to its loopback address are, others on the router. */
  readonly onHost?: boolean;
}

const isLocal = ({ address, onHost = address.startsWith('127.') }: Link): boolean => onHost;

/** The namespace in which the connections of a link can be taken. */
export function interceptionPoint(network: TestNetwork, link: Link): string {
  return isLocal(link) ? network.namespaceOf(link.from) : network.router;
}

/**
 * Leads the connections of a link to another port, of the namespace in which they are taken; those from before are
 * reset. Disposing gives the link back.
 */
export function redirect(network: TestNetwork, link: Link, toPort: number): Disposable {
  const namespace = interceptionPoint(network, link);
  const table = `redirect_${link.port}_${toPort}`;
  network.filter(
    namespace,
    isLocal(link) ? localRules(table, link, toPort) : routerRules(table, link, toPort),
  );
  return { [Symbol.dispose]: () => network.filter(namespace, `delete table ip ${table}\n`) };
}

/** New connections come to the port instead of being passed on; packets of older ones find no way. */
function routerRules(table: string, { from, address, port }: Link, toPort: number): string {
  return `
table ip ${table} {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    iifname "${from}" ip daddr ${address} tcp dport ${port} redirect to :${toPort}
  }
  chain forward {
    type filter hook forward priority -10;
    iifname "${from}" ip daddr ${address} tcp dport ${port} reject with tcp reset
    oifname "${from}" ip saddr ${address} tcp sport ${port} reject with tcp reset
  }
}
`;
}

/** The same on the host itself. */
function localRules(table: string, { address, port }: Link, toPort: number): string {
  return `
table ip ${table} {
  chain output {
    type nat hook output priority -100;
    ip daddr ${address} tcp dport ${port} redirect to :${toPort}
  }
  chain filter {
    type filter hook output priority 0;
    ip daddr ${address} tcp dport ${port} reject with tcp reset
  }
}
`;
}
