import type { Argv } from '../services.ts';
import { gatewayAddress, hostAddress } from './addresses.ts';
import { inNamespace, listNamespaces, removeNamespaces } from './namespaces.ts';
import { findNetworkTool, runNetworkTool } from './network-tool.ts';

/** The one host that is always there: the control plane's. */
export const HUB_HOST = 'hub';

/**
 * Hosts with addresses of their own: a network namespace each, joined by a router, which is a namespace too. Each
 * host is at the end of a link of its own to the router, whose end of the link has the host's name. Nothing of the
 * machine's own network is touched.
 */
export class HostNetwork implements Disposable {
  readonly #hosts = new Map<string, number>();

  /** Makes the router and the hub. What an earlier network of this name has left behind is removed first. */
  constructor(readonly name: string) {
    removeNamespaces(listNamespaces().filter((namespace) => namespace.startsWith(`${name}-`)));
    ip(`netns add ${this.router}`);
    this.in(this.router, ['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
    ip(`-n ${this.router} link set lo up`);
    this.addHost(HUB_HOST, 0);
  }

  /** The namespace between all hosts. */
  get router(): string {
    return `${this.name}-router`;
  }

  hasHost(host: string): boolean {
    return this.#hosts.has(host);
  }

  namespaceOf(host: string): string {
    if (!this.#hosts.has(host)) throw new Error(`this network has no host ${host}`);
    return `${this.name}-${host}`;
  }

  /** Adds a host with the address `hostAddress(subnet)`, which reaches all others through the router. */
  addHost(host: string, subnet: number): void {
    const { router } = this;
    const namespace = `${this.name}-${host}`;
    ip(`netns add ${namespace}`);
    this.#hosts.set(host, subnet);
    ip(`-n ${router} link add ${host} type veth peer name eth0 netns ${namespace}`);
    ip(`-n ${router} address add ${gatewayAddress(subnet)}/24 dev ${host}`);
    ip(`-n ${router} link set ${host} up`);
    ip(`-n ${namespace} link set lo up`);
    ip(`-n ${namespace} address add ${hostAddress(subnet)}/24 dev eth0`);
    ip(`-n ${namespace} link set eth0 up`);
    ip(`-n ${namespace} route add default via ${gatewayAddress(subnet)}`);
  }

  /**
   * Has the router send a range of addresses to a host, as the network of a data centre does for the pods of its nodes:
   * by it the hub reaches pods. Nodes among themselves have a tunnel.
   */
  routeTo(host: string, range: string): void {
    const address = hostAddress(this.#hosts.get(host)!);
    ip(`-n ${this.router} route replace ${range} via ${address} dev ${host}`);
  }

  /** A command line that runs on a host. */
  command(host: string, argv: Argv): Argv {
    return inNamespace(this.namespaceOf(host), argv);
  }

  /** Runs a command in one of the network's namespaces to its end, and returns what it printed. */
  in(namespace: string, argv: Argv, stdin = ''): string {
    return runNetworkTool(inNamespace(namespace, argv), stdin);
  }

  /** Removes every namespace. Processes in them are their starters' to end. */
  [Symbol.dispose](): void {
    removeNamespaces([...[...this.#hosts.keys()].map((host) => this.namespaceOf(host)), this.router]);
  }
}

function ip(line: string): void {
  runNetworkTool([findNetworkTool('ip'), ...line.split(' ')]);
}
