import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildKubeconfig, writeKubeconfig } from '@hawser/client';
import { type HomeLayout, homeLayout, nodeLayout, type Ports } from '@hawser/config';
import { ensureNodeCredentials } from '../../scripts/dev/node-credentials.ts';
import { stopContainers } from '../../scripts/dev/stop-containers.ts';
import type { Network } from '../../scripts/network/addresses.ts';
import { HUB_HOST } from '../../scripts/network/host-network.ts';
import { Relay } from '../../scripts/network/relay.ts';
import {
  type Argv,
  apiserverCommand,
  type ClusterPlace,
  cliCommand,
  controllerManagerCommand,
  type DevNode,
  devNode,
  type Egress,
  initCommand,
  konnectivityAgentCommand,
  konnectivityServerCommand,
  kubeletCommand,
  kubeProxyCommand,
  natsCommand,
} from '../../scripts/services.ts';
import { ensureHubSshKey, prepareSshd, sshdCommand } from '../../scripts/sshd.ts';
import { TestNetwork } from '../network/test-network.ts';
import { eventually, HopelessError } from './eventually.ts';
import { identityOf } from './identities.ts';
import { runKubectl, runKubectlOnTerminal, startKubectl, type TerminalResult } from './kubectl.ts';
import { takePortSlot } from './port-slot.ts';
import { type KubectlVersion, natsServerPath, requireBubblewrap, sshdPath } from './required-tools.ts';
import { type CommandResult, RunningCommand } from './running-command.ts';
import { ServiceProcess } from './service-process.ts';
import { type Json, WireClient, type WireIdentity } from './wire-client.ts';

export interface ClusterOptions {
  /** How many kubelets; default none. */
  readonly nodes?: number;
  /** Default off: audit events wait in the hub's outbox. */
  readonly nats?: boolean;
  /** Default as `nodes`: a node cannot join without the loops that sign its certificates. */
  readonly controllerManager?: boolean;
  /** Default loopback; with `netns` every node, and the control plane, is a host of its own: `Cluster.network`. */
  readonly network?: Network;
  /** How the hub reaches nodes; default directly. With `konnectivity`, its server and an agent a node run; with `ssh`, an sshd a node. */
  readonly egress?: Egress;
  /** More flags for a service; the last of a name counts. `node` means every kubelet. */
  readonly flags?: Partial<
    Record<
      | 'apiserver'
      | 'controller-manager'
      | 'node'
      | 'kube-proxy'
      | 'konnectivity-server'
      | 'konnectivity-agent',
      Argv
    >
  >;
  /** Changes files after `hawser init` and before any service starts. */
  readonly prepare?: (layout: HomeLayout) => void;
  /** A directory with the executables of `turbo run build`; default the sources. */
  readonly executables?: string;
  /** Default true: `startCluster` resolves when the hub and all nodes are ready. */
  readonly untilReady?: boolean;
}

/** How long a node may take to be given a bootstrap token. */
const JOIN_TIMEOUT_MS = 20_000;

/** A cluster of real processes with a state directory and ports of its own. */
export class Cluster implements AsyncDisposable {
  readonly layout: HomeLayout;
  /** `nats`, `apiserver`, `controller-manager`, `konnectivity-server`, the kubelets by their nodes' names, and their
   * agents as `konnectivity-agent-1`, their sshds as `sshd-1`, and, with hosts of their own, their kube-proxies as
   * `kube-proxy-1`. */
  readonly services = new Map<string, ServiceProcess>();
  readonly #clients: WireClient[] = [];
  readonly #stopping = new AbortController();
  #relay: Relay | undefined;
  #admin: WireClient | undefined;
  #namespaces = 0;
  #failed = false;

  constructor(
    readonly place: ClusterPlace,
    readonly ports: Ports,
    readonly options: ClusterOptions,
    readonly releasePorts: () => void,
    /** Where its hosts are, if it has any. */
    readonly network?: TestNetwork,
  ) {
    this.layout = homeLayout(place.home);
    mkdirSync(this.layout.logs, { recursive: true });
  }

  get server(): string {
    return `https://127.0.0.1:${this.ports.hub}`;
  }

  /** A wire client with the administrator's certificate. */
  get admin(): WireClient {
    this.#admin ??= this.wire(identityOf(this.layout.adminKubeconfig));
    return this.#admin;
  }

  /** A wire client with another identity; without one, anonymous but verifying. */
  wire(identity: Partial<WireIdentity> = {}): WireClient {
    const { ca } = identityOf(this.layout.adminKubeconfig);
    const client = new WireClient(this.server, { ca, ...identity });
    this.#clients.push(client);
    return client;
  }

  service(name: string): ServiceProcess {
    const service = this.services.get(name);
    if (service === undefined) throw new Error(`this cluster has no ${name}`);
    return service;
  }

  kill9(name: string): Promise<void> {
    return this.service(name).kill9();
  }

  /** Stops a service if it runs, and starts it, perhaps with more flags; does not wait until it is ready. */
  async restart(name: string, moreFlags: Argv = []): Promise<void> {
    const service = this.service(name);
    if (service.running) await service.stop();
    service.start(moreFlags);
  }

  /**
   * Adds a process that ends with the cluster; it is the caller's to start. In a cluster with hosts it runs on the
   * node's that its name ends with, else on the hub's.
   */
  add(name: string, argv: Argv, host = hostOf(name)): ServiceProcess {
    const onHost = this.network?.command(host, argv) ?? argv;
    const service = new ServiceProcess(name, onHost, join(this.layout.logs, `${name}.log`));
    this.services.set(name, service);
    return service;
  }

  /** Runs kubectl with the administrator's kubeconfig; an own `--kubeconfig` among `args` wins. */
  kubectl(version: KubectlVersion, ...args: string[]): Promise<CommandResult> {
    return runKubectl(this.#kubectlSettings(version), args);
  }

  /** As `kubectl`, with something on standard input for `-f -`. */
  kubectlWithInput(version: KubectlVersion, stdin: string, ...args: string[]): Promise<CommandResult> {
    return runKubectl(this.#kubectlSettings(version), args, stdin);
  }

  /** Starts a kubectl that goes on by itself. */
  startKubectl(version: KubectlVersion, ...args: string[]): RunningCommand {
    return startKubectl(this.#kubectlSettings(version), args);
  }

  /** As `startKubectl`, with something on standard input. */
  startKubectlWithInput(version: KubectlVersion, stdin: string, ...args: string[]): RunningCommand {
    return startKubectl(this.#kubectlSettings(version), args, stdin);
  }

  /** Runs kubectl on a terminal on which something is typed. */
  kubectlOnTerminal(version: KubectlVersion, typed: string, ...args: string[]): Promise<TerminalResult> {
    return runKubectlOnTerminal(this.#kubectlSettings(version), args, typed);
  }

  /** Runs the `hawser` command. */
  hawser(...args: string[]): Promise<CommandResult> {
    return this.startHawser(...args).ended();
  }

  /** Starts a `hawser` command that goes on by itself. */
  startHawser(...args: string[]): RunningCommand {
    return new RunningCommand(cliCommand(this.place, ...args), this.#environment);
  }

  /** Writes a kubeconfig for an identity and returns its path. */
  kubeconfig(name: string, identity: Partial<WireIdentity>): string {
    const { ca } = identityOf(this.layout.adminKubeconfig);
    const path = join(this.place.home, `${name}.kubeconfig`);
    const data = (text: string | undefined) => (text === undefined ? undefined : { data: text });
    const parts = {
      server: this.server,
      certificateAuthority: { data: identity.ca ?? ca },
      clientCertificate: data(identity.cert),
      clientKey: data(identity.key),
      token: data(identity.token),
      userName: name,
    };
    writeKubeconfig(path, buildKubeconfig(parts));
    return path;
  }

  /** Makes a namespace that no other test uses, with its default service account, and returns its name. */
  async namespace(prefix = 'test'): Promise<string> {
    this.#namespaces += 1;
    const name = `${prefix}-${this.#namespaces}`;
    const answer = await this.admin.post('/api/v1/namespaces', { metadata: { name } });
    if (answer.status !== 201) throw new Error(`namespace ${name}: ${answer.status} ${answer.text}`);
    const accounts = `/api/v1/namespaces/${name}/serviceaccounts`;
    if (this.services.has('controller-manager'))
      await eventually(async () => (await this.admin.get(`${accounts}/default`)).status === 200);
    else await this.admin.post(accounts, { metadata: { name: 'default' } });
    return name;
  }

  /** Resolves when the hub answers that it is ready. */
  async hubReady(): Promise<void> {
    await eventually(async () => {
      this.#expectRunning('apiserver');
      using probe = new WireClient(this.server, this.admin.identity);
      return (await probe.get('/readyz')).text === 'ok';
    });
  }

  /** Resolves with a node when its condition Ready has this status. */
  async nodeReady(
    name: string,
    status: 'True' | 'Unknown' | 'False' = 'True',
    timeoutMs = 30_000,
  ): Promise<Json> {
    return await eventually(async () => {
      if (status === 'True') this.#expectRunning(name);
      const { json } = await this.admin.get(`/api/v1/nodes/${name}`);
      const ready = json.status?.conditions?.find((condition: Json) => condition.type === 'Ready');
      if (ready?.status !== status)
        throw new Error(`${name} is not Ready=${status} but ${JSON.stringify(ready ?? json)}`);
      return json;
    }, timeoutMs);
  }

  /** Starts every service of the options. */
  async start(): Promise<void> {
    const { nodes = 0, nats = false, controllerManager = nodes > 0, flags = {} } = this.options;
    if (this.network !== undefined) await this.#startRelay();
    if (this.place.egress === 'ssh') ensureHubSshKey(this.place);
    if (nats) this.add('nats', natsCommand(this.place, natsServerPath())).start();
    this.add('apiserver', [...apiserverCommand(this.place), ...(flags.apiserver ?? [])]).start();
    if (controllerManager)
      this.add('controller-manager', [
        ...controllerManagerCommand(this.place),
        ...(flags['controller-manager'] ?? []),
      ]).start();
    if (this.place.egress === 'konnectivity')
      this.add('konnectivity-server', [
        ...konnectivityServerCommand(this.place),
        ...(flags['konnectivity-server'] ?? []),
      ]).start();
    if (nodes > 0) await this.hubReady();
    for (let number = 1; number <= nodes; number += 1) await this.joinNode(number);
  }

  /** The hub's host is reached at 127.0.0.1 as in a cluster without hosts. */
  async #startRelay(): Promise<void> {
    this.#relay = new Relay([this.ports.hub, this.ports.nats], join(this.place.home, 'relay'));
    this.add('relay', this.#relay.command).start();
    await this.#relay.listen();
  }

  /** Gives a node a bootstrap token and starts its kubelet. */
  async joinNode(number: number): Promise<ServiceProcess> {
    const node = devNode(number, this.place.network);
    mkdirSync(nodeLayout(this.place.home, node.name).pki, { recursive: true, mode: 0o700 });
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(JOIN_TIMEOUT_MS)]);
    await ensureNodeCredentials(this.place, node, () => {}, signal);
    if (this.place.egress === 'ssh') this.#startSshd(number, node);
    const argv = [...kubeletCommand(this.place, node), ...(this.options.flags?.node ?? [])];
    const service = this.add(node.name, argv);
    service.start();
    // Its kubelet asks it before the first pod; nodes on loopback addresses have none.
    if (this.network !== undefined)
      this.add(`kube-proxy-${number}`, [
        ...kubeProxyCommand(this.place, node),
        ...(this.options.flags?.['kube-proxy'] ?? []),
      ]).start();
    if (this.place.egress === 'konnectivity')
      this.add(`konnectivity-agent-${number}`, [
        ...konnectivityAgentCommand(this.place, node),
        ...(this.options.flags?.['konnectivity-agent'] ?? []),
      ]).start();
    return service;
  }

  #startSshd(number: number, node: DevNode): void {
    prepareSshd(this.place, node);
    this.add(`sshd-${number}`, sshdCommand(this.place, node, sshdPath(), requireBubblewrap())).start();
  }

  async untilReady(): Promise<void> {
    await this.hubReady();
    const { nodes = 0 } = this.options;
    for (let number = 1; number <= nodes; number += 1) {
      const { metadata, spec } = await this.nodeReady(devNode(number).name);
      this.network?.routeTo(metadata.name, spec.podCIDR);
      if (this.place.egress === 'konnectivity') await this.agentReady(number);
      if (this.place.egress === 'ssh') await this.tunnelReady(devNode(number).name);
    }
  }

  /** Resolves when the hub says that it has an SSH tunnel to a node. */
  async tunnelReady(node: string): Promise<void> {
    await eventually(async () => {
      const { text } = await this.admin.get('/metrics');
      return text.includes(`hawser_ssh_tunnel_up{node="${node}"} 1\n`);
    });
  }

  /** Resolves when a node's Konnectivity agent says that it is connected. */
  async agentReady(number: number): Promise<void> {
    const { name, address } = devNode(number, this.place.network);
    const url = `http://${address}:${this.ports.konnectivityAgentHealth}/readyz`;
    await eventually(async () => {
      this.#expectRunning(`konnectivity-agent-${number}`);
      const status = this.network === undefined ? (await fetch(url)).status : this.#statusOn(name, url);
      if (status !== 200) throw new Error(`${url} answers ${status}`);
      return true;
    });
  }

  /** What a URL of a host answers the host itself. */
  #statusOn(host: string, url: string): number {
    const script = `console.log(await fetch('${url}').then(({ status }) => status, () => 0))`;
    return Number(this.network!.in(this.network!.namespaceOf(host), [process.execPath, '-e', script]));
  }

  /** A test has failed: what the services have written is kept and shown. */
  keep(): void {
    this.#failed = true;
  }

  /** Ends every process of the cluster, last the hub and NATS; removes the state directory unless kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    for (const client of this.#clients) client[Symbol.dispose]();
    const faults: unknown[] = [];
    for (const service of [...this.services.values()].reverse())
      await service.stop().catch((fault) => faults.push(fault));
    for (const name of this.services.keys())
      if (name.startsWith('node-')) await stopContainers(nodeLayout(this.place.home, name).directory);
    this.#relay?.[Symbol.dispose]();
    this.network?.[Symbol.dispose]();
    this.releasePorts();
    if (this.#failed || faults.length > 0) this.#showLogs();
    else rmSync(this.place.home, { recursive: true, force: true });
    if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join('; '));
  }

  get #environment(): Record<string, string> {
    return { HAWSER_HOME: this.place.home, HAWSER_PORT: `${this.place.port}`, PATH: '/usr/bin:/bin' };
  }

  #kubectlSettings(version: KubectlVersion) {
    return { version, kubeconfig: this.layout.adminKubeconfig, home: this.place.home };
  }

  #expectRunning(name: string): void {
    const service = this.service(name);
    if (!service.running) throw new HopelessError(`${name} has ended:\n${tail(service.log())}`);
  }

  #showLogs(): void {
    console.error(`\nthe cluster's files are kept in ${this.place.home}; the ends of its logs:`);
    for (const service of this.services.values())
      if (existsSync(service.logFile)) console.error(`--- ${service.logFile}\n${tail(service.log())}`);
  }
}

/**
 * Makes a state directory with `hawser init`, starts the services that the options ask for, and waits until they
 * are ready. Disposing ends them all. Rejects, with the ends of the logs printed, when they do not come up.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const slot = await takePortSlot();
  const home = mkdtempSync(join(tmpdir(), 'hawser-test-'));
  const { nodes = 0, executables, egress, network } = options;
  const place: ClusterPlace = {
    ...{ home, port: slot.ports.hub, egress, network },
    ...(executables === undefined ? {} : { executables }),
  };
  const hosts = network === 'netns' ? networkOf(nodes) : undefined;
  const cluster = new Cluster(place, slot.ports, options, () => slot[Symbol.dispose](), hosts);
  try {
    await initialize(place, nodes);
    options.prepare?.(cluster.layout);
    await cluster.start();
    if (options.untilReady ?? true) await cluster.untilReady();
    return cluster;
  } catch (error) {
    cluster.keep();
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

/** A network with the hub's host and one a node. */
function networkOf(nodes: number): TestNetwork {
  const network = new TestNetwork();
  for (let number = 1; number <= nodes; number += 1) network.addHost(devNode(number).name, number);
  return network;
}

/** `node-1` and what is called after it; all else runs beside the hub. */
function hostOf(service: string): string {
  const number = /^(?:node|kube-proxy|konnectivity-agent|sshd)-(\d+)$/.exec(service)?.[1];
  return number === undefined ? HUB_HOST : devNode(Number(number)).name;
}

async function initialize(place: ClusterPlace, nodes: number): Promise<void> {
  const child = Bun.spawn([...initCommand(place, nodes)], { stdout: 'ignore', stderr: 'pipe' });
  const complaint = await child.stderr.text();
  if ((await child.exited) !== 0) throw new Error(`hawser init failed: ${complaint}`);
}

function tail(log: string, lines = 25): string {
  return log.trimEnd().split('\n').slice(-lines).join('\n');
}
