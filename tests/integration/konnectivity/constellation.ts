import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Ports } from '@hawser/config';
import type { Target } from '@hawser/dial';
import { HttpConnectDialer, TcpFrontEnd } from '@hawser/tunnel-konnectivity';
import { type Argv, programOf } from '../../../scripts/services.ts';
import { eventually } from '../../cluster/eventually.ts';
import { type PortSlot, takePortSlot } from '../../cluster/port-slot.ts';
import { ServiceProcess } from '../../cluster/service-process.ts';
import { TunnelPki } from './tunnel-pki.ts';

export interface ConstellationOptions {
  readonly servers: number;
  readonly agents: number;
  readonly serverFlags?: (constellation: Constellation) => Argv;
  readonly agentFlags?: Argv;
  /** Where agents call; every server's own address if absent. */
  readonly proxyServerHost?: string;
  /** Of the front end; default http-connect. */
  readonly mode?: string;
  /** Whether the flags of a TCP front end are left out. */
  readonly unixFrontEnd?: boolean;
  /** Called before anything starts, to change files. */
  readonly prepare?: (constellation: Constellation) => void | Promise<void>;
  /** Whether to return only when every agent is connected to every server. Default true. */
  readonly untilReady?: boolean;
}

/**
 * Konnectivity servers and agents as processes, without a cluster: server n listens on 127.0.2.n, agent n is for
 * 127.0.3.n, which the servers' operator grants it.
 */
export class Constellation implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'hawser-tunnels-'));
  readonly pki = new TunnelPki(join(this.directory, 'pki'));
  readonly servers: ServiceProcess[] = [];
  readonly agents: ServiceProcess[] = [];
  readonly #slot: PortSlot;
  #failed = false;

  private constructor(slot: PortSlot) {
    this.#slot = slot;
  }

  static async start(options: ConstellationOptions): Promise<Constellation> {
    const constellation = new Constellation(await takePortSlot());
    try {
      constellation.#declare(options);
      await options.prepare?.(constellation);
      for (const each of [...constellation.servers, ...constellation.agents]) each.start();
      if (options.untilReady ?? true) await constellation.allConnected();
      return constellation;
    } catch (error) {
      constellation.keep();
      await constellation[Symbol.asyncDispose]();
      throw error;
    }
  }

  get ports(): Ports {
    return this.#slot.ports;
  }

  /** The file that an agent shows, certificate and key in one. */
  agentFile(number: number): string {
    return join(this.directory, `agent-${number}.pem`);
  }

  /** Resolves when every agent that runs is connected to every server that runs. */
  async allConnected(timeoutMs?: number): Promise<void> {
    const running = this.servers.filter((server) => server.running).length;
    for (const [index, agent] of this.agents.entries())
      if (agent.running) await this.connected(index + 1, running, timeoutMs);
  }

  /** Resolves when an agent has so many links. */
  async connected(agent: number, links: number, timeoutMs?: number): Promise<void> {
    await eventually(async () => {
      const open = await this.agentMetric(agent, 'konnectivity_network_proxy_agent_open_server_connections');
      if (open !== links) throw new Error(`agent-${agent} is connected to ${open} of ${links} servers`);
      return true;
    }, timeoutMs);
  }

  async agentMetric(agent: number, name: string): Promise<number | undefined> {
    const response = await fetch(
      `http://127.0.3.${agent}:${this.#slot.ports.konnectivityAgentHealth}/metrics`,
    );
    const line = (await response.text()).split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length));
  }

  async agentHealth(agent: number, path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(
      `http://127.0.3.${agent}:${this.#slot.ports.konnectivityAgentHealth}${path}`,
    );
    return { status: response.status, text: await response.text() };
  }

  async serverHealth(server: number, path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`http://127.0.2.${server}:${this.#slot.ports.konnectivityHealth}${path}`);
    return { status: response.status, text: await response.text() };
  }

  async serverMetrics(server: number): Promise<string> {
    return (await this.serverHealth(server, '/metrics')).text;
  }

  /** A server's front end, for the hub. @param alpn `h2` for gRPC. */
  frontEnd(server: number, alpn?: readonly string[]): TcpFrontEnd {
    const { certificate, key } = this.pki.hub();
    const files = { caBundle: this.pki.serverCa, clientCert: certificate, clientKey: key };
    const url = `https://127.0.2.${server}:${this.#slot.ports.konnectivityFrontEnd}`;
    return new TcpFrontEnd(url, files, alpn === undefined ? {} : { alpnProtocols: alpn });
  }

  /** Connects to a target through a server, as the hub does. */
  dial(server: number, target: Target): Promise<Duplex> {
    return new HttpConnectDialer({ frontEnd: this.frontEnd(server), timeoutMs: 5_000 }).dial(target);
  }

  /** A test has failed: what was written is kept and shown. */
  keep(): void {
    this.#failed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const faults: unknown[] = [];
    for (const each of [...this.agents, ...this.servers])
      await each.stop().catch((fault) => faults.push(fault));
    this.#slot[Symbol.dispose]();
    if (this.#failed || faults.length > 0) this.#showLogs();
    else rmSync(this.directory, { recursive: true, force: true });
    if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join('; '));
  }

  #declare(options: ConstellationOptions): void {
    const { servers, agents, serverFlags = () => [], agentFlags = [], proxyServerHost } = options;
    for (let number = 1; number <= servers; number += 1) {
      const argv = [...this.#serverCommand(number, options), ...serverFlags(this)];
      this.servers.push(new ServiceProcess(`server-${number}`, argv, this.#log(`server-${number}`)));
    }
    const hosts = Array.from({ length: servers }, (_, i) => `127.0.2.${i + 1}`);
    for (let number = 1; number <= agents; number += 1) {
      this.pki.writeAgent(this.agentFile(number), `agent-${number}`);
      const argv = [...this.#agentCommand(number, proxyServerHost ?? hosts.join(',')), ...agentFlags];
      this.agents.push(new ServiceProcess(`agent-${number}`, argv, this.#log(`agent-${number}`)));
    }
  }

  #serverCommand(
    number: number,
    { servers, agents, unixFrontEnd, mode = 'http-connect' }: ConstellationOptions,
  ): Argv {
    const address = `127.0.2.${number}`;
    const { ports } = this.#slot;
    const own = this.pki.server(`server-${number}`, [address]);
    const grants = Array.from({ length: agents }, (_, i) => `agent-${i + 1}=127.0.3.${i + 1}/32`);
    const tcp = [
      ...['--server-bind-address', address, '--server-port', `${ports.konnectivityFrontEnd}`],
      ...['--server-cert', own.certificate, '--server-key', own.key, '--server-ca-cert', this.pki.serverCa],
    ];
    return [
      ...programOf('konnectivity-server'),
      ...['--mode', mode, '--server-count', `${servers}`, '--server-id', `server-${number}`],
      ...(unixFrontEnd ? [] : tcp),
      ...['--agent-bind-address', address, '--agent-port', `${ports.konnectivityAgents}`],
      ...['--cluster-cert', own.certificate, '--cluster-key', own.key, '--cluster-ca-cert', this.pki.agentCa],
      ...['--admin-bind-address', address, '--admin-port', `${ports.konnectivityAdmin}`],
      ...['--health-bind-address', address, '--health-port', `${ports.konnectivityHealth}`],
      ...['--agent-grants', grants.join(',')],
    ];
  }

  #agentCommand(number: number, hosts: string): Argv {
    const address = `127.0.3.${number}`;
    const { ports } = this.#slot;
    return [
      ...programOf('konnectivity-agent'),
      ...['--proxy-server-host', hosts, '--proxy-server-port', `${ports.konnectivityAgents}`],
      ...['--agent-cert', this.agentFile(number), '--agent-key', this.agentFile(number)],
      ...['--ca-cert', this.pki.serverCa, '--agent-id', `agent-${number}`],
      ...['--agent-identifiers', `ipv4=${address}`],
      ...['--health-server-host', address, '--health-server-port', `${ports.konnectivityAgentHealth}`],
      ...['--admin-bind-address', address, '--admin-server-port', `${ports.konnectivityAgentAdmin}`],
    ];
  }

  #log(name: string): string {
    return join(this.directory, `${name}.log`);
  }

  #showLogs(): void {
    console.error(`\nthe files are kept in ${this.directory}; the ends of the logs:`);
    for (const each of [...this.servers, ...this.agents])
      if (existsSync(each.logFile)) console.error(`--- ${each.logFile}\n${each.log().slice(-4_000)}`);
  }
}
