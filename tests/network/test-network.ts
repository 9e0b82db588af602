import { join } from 'node:path';
import { HostNetwork } from '../../scripts/network/host-network.ts';
import { inNamespace, listNamespaces, removeNamespaces } from '../../scripts/network/namespaces.ts';
import { findNetworkTool } from '../../scripts/network/network-tool.ts';
import { LinkCapture } from './link-capture.ts';

const PREFIX = 'hawser-test-';

/** The router drops what passes the links that are cut, so that neither side hears of it. */
const ROUTER_RULES = `
table inet links {
  set cut { type ifname; }
  chain forward {
    type filter hook forward priority 0; policy accept;
    iifname @cut counter drop
    oifname @cut counter drop
  }
}
`;

/** A host knows the connections that it has from the start, and those later when its packet filter is closed. */
const HOST_RULES = `
table inet connections {
  chain input {
    type filter hook input priority 0; policy accept;
    ct state established,related accept
  }
}
`;

/** A network of hosts of one test file: its links can be cut and listened to, its hosts have packet filters. */
export class TestNetwork extends HostNetwork {
  constructor() {
    removeLeftOvers();
    super(`${PREFIX}${process.pid}-${crypto.randomUUID().slice(0, 4)}`);
    this.filter(this.router, ROUTER_RULES);
  }

  override addHost(host: string, subnet: number): void {
    super.addHost(host, subnet);
    this.filter(this.namespaceOf(host), HOST_RULES);
  }

  /** Gives rules to nft in a namespace. */
  filter(namespace: string, rules: string): void {
    this.in(namespace, [findNetworkTool('nft'), '-f', '-'], rules);
  }

  /** Drops every new connection to a host, but those to some ports; what it opens itself goes on. */
  closeInbound(host: string, exceptPorts: readonly number[] = []): void {
    const open = exceptPorts.map((port) => `tcp dport ${port} accept`).join('\n    ');
    this.filter(
      this.namespaceOf(host),
      `
table inet inbound {
  chain input {
    type filter hook input priority 0; policy drop;
    iifname lo accept
    ct state established,related accept
    ${open}
  }
}
`,
    );
  }

  /** Takes back what `closeInbound` did. */
  openInbound(host: string): void {
    this.filter(this.namespaceOf(host), 'delete table inet inbound\n');
  }

  /** From now on nothing passes a host's link, and nobody is told: no FIN, no RST, no ICMP. */
  cutLink(host: string): void {
    this.filter(this.router, `add element inet links cut { "${host}" }\n`);
  }

  restoreLink(host: string): void {
    this.filter(this.router, `delete element inet links cut { "${host}" }\n`);
  }

  /**
   * From now on the router drops what belongs to connections between a host and a port of another, and nobody is told.
   * Disposing gives them back.
   */
  cutConnections(host: string, port: number): Disposable {
    const table = `cut_${host.replaceAll('-', '_')}_${port}`;
    this.filter(
      this.router,
      `
table inet ${table} {
  chain forward {
    type filter hook forward priority 0; policy accept;
    iifname "${host}" tcp dport ${port} drop
    iifname "${host}" tcp sport ${port} drop
    oifname "${host}" tcp dport ${port} drop
    oifname "${host}" tcp sport ${port} drop
  }
}
`,
    );
    return { [Symbol.dispose]: () => this.filter(this.router, `delete table inet ${table}\n`) };
  }

  /** What a URL answers one of the hosts that asks by itself, as text. */
  fetchFrom(host: string, url: string): string {
    const script = 'console.log(await (await fetch(process.argv[1])).text())';
    return this.in(this.namespaceOf(host), [process.execPath, '-e', script, url]).trimEnd();
  }

  /** Listens to a host's link, as whoever has the router can. */
  capture(host: string, directory: string): Promise<LinkCapture> {
    const file = join(directory, `${host}-${crypto.randomUUID().slice(0, 8)}.pcap`);
    const flags = ['-i', host, '-Z', 'root', '--immediate-mode', '-U', '-w', file];
    const argv = [findNetworkTool('tcpdump'), ...flags];
    return LinkCapture.start(inNamespace(this.router, argv), file);
  }
}

/** Networks of test processes that were killed. */
function removeLeftOvers(): void {
  const isLeftOver = (name: string) => {
    const pid = Number(name.slice(PREFIX.length).split('-')[0]);
    return name.startsWith(PREFIX) && !isAlive(pid);
  };
  removeNamespaces(listNamespaces().filter(isLeftOver));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
