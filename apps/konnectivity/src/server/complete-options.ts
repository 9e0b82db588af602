import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type NatsTarget, natsTarget } from '@hawser/audit-nats';
import { FlagError, type Options } from '@hawser/config';
import { isLoopback } from '@hawser/dial';
import { PROXY_STRATEGIES, type ProxyStrategy } from './backends/proxy-strategy.ts';
import { parseCipherSuites } from './cipher-suites.ts';
import { type AddressRange, parseCidr } from './identifiers/address-range.ts';
import { type Grants, parseAgentGrants } from './identifiers/grants.ts';
import type { TlsSettings } from './listeners/tls-port.ts';
import type { FLAGS } from './options.ts';

type Flags = Options<typeof FLAGS>;

/** The options with everything read. */
export interface ServerOptions
  extends Omit<Flags, 'agentGrants' | 'serviceClusterIpRange' | 'leaseLabel' | 'proxyStrategies'> {
  readonly serverId: string;
  readonly agentGrants: ReadonlyMap<string, Grants>;
  readonly serviceRanges: readonly AddressRange[];
  readonly leaseLabels: Readonly<Record<string, string>>;
  readonly proxyStrategies: readonly ProxyStrategy[];
  /** `grpc`, `http-connect`. */
  readonly modes: ReadonlySet<string>;
  readonly tls: TlsSettings;
  /** Where events go; the link is always mTLS. */
  readonly nats: NatsTarget | undefined;
}

/** Reads what the table cannot, and checks what contradicts. @throws FlagError with every fault. */
export function completeOptions(flags: Flags): ServerOptions {
  const faults: string[] = [...fileFaults(flags), ...frontEndFaults(flags), ...agentFaults(flags)];
  const ciphers = parseCipherSuites(flags.cipherSuites, faults);
  const options: ServerOptions = {
    ...flags,
    serverId: flags.serverId ?? randomUUID(),
    agentGrants: parseAgentGrants(flags.agentGrants, faults),
    serviceRanges: parseRanges(flags.serviceClusterIpRange, faults),
    leaseLabels: parseLabels(flags.leaseLabel, faults),
    proxyStrategies: parseStrategies(flags.proxyStrategies, faults),
    nats: natsTarget(flags, faults),
    modes: new Set(flags.mode.split(',')),
    tls: {
      minVersion: flags.tlsMinVersion === 'VersionTLS13' ? 'TLSv1.3' : 'TLSv1.2',
      ...(ciphers === undefined ? {} : { ciphers }),
    },
  };
  if (flags.natsUrl !== undefined && flags.dataDir === undefined)
    faults.push('--nats-url needs --data-dir, where events wait');
  if (flags.enableLeaseController && flags.kubeconfig === undefined)
    faults.push('--enable-lease-controller needs --kubeconfig');
  if (flags.serverCount !== undefined && flags.serverCount < 1)
    faults.push('invalid value for --server-count: must be at least 1');
  for (const name of ['keepaliveTime', 'frontendKeepaliveTime', 'backendDialTimeout'] as const)
    if (flags[name] <= 0) faults.push(`invalid value for --${kebab(name)}: must be more than 0`);
  if (flags.gracefulShutdownTimeout < 0) faults.push('graceful-shutdown-timeout must be >= 0');
  if (faults.length > 0) throw new FlagError(faults);
  return options;
}

/** What weakens the server, for the log. */
export function weakenedSettings({
  proxyStrategies,
  adminBindAddress,
  healthBindAddress,
}: ServerOptions): string[] {
  const isLocal = (address: string) => address === 'localhost' || isLoopback(address);
  return [
    ...(proxyStrategies.includes('default')
      ? ['--proxy-strategies has default: any agent may get the traffic for any target']
      : []),
    ...(isLocal(adminBindAddress) ? [] : ['--admin-bind-address: metrics in plain HTTP, to anybody']),
    ...(isLocal(healthBindAddress)
      ? []
      : ['--health-bind-address: health and metrics in plain HTTP, to anybody']),
  ];
}

function fileFaults(flags: Flags): string[] {
  const names = [
    'serverCert',
    'serverKey',
    'serverCaCert',
    'clusterCert',
    'clusterKey',
    'clusterCaCert',
    'kubeconfig',
  ] as const;
  return names.flatMap((name) => {
    const path = flags[name];
    return path === undefined || existsSync(path)
      ? []
      : [`error checking --${kebab(name)}: ${path} does not exist`];
  });
}

function frontEndFaults(flags: Flags): string[] {
  const { udsName, serverPort, serverCert, serverKey, serverCaCert, mode } = flags;
  const modes = mode.split(',');
  const faults: string[] = modes.every((each) => each === 'grpc' || each === 'http-connect')
    ? []
    : [`mode must be set to either 'grpc' or 'http-connect' not ${JSON.stringify(mode)}`];
  if (udsName === undefined) {
    if (serverCaCert === undefined)
      faults.push('server ca cert must be set when in TCP mode (uds-name is empty)');
    if (serverCert === undefined || serverKey === undefined)
      faults.push('--server-cert and --server-key must be set when in TCP mode (uds-name is empty)');
    return faults;
  }
  if (serverPort !== 0) faults.push(`server port should be set to 0 not ${serverPort} for UDS`);
  if (serverKey !== undefined) faults.push('server key should not be set for UDS');
  if (serverCert !== undefined) faults.push('server cert should not be set for UDS');
  if (serverCaCert !== undefined) faults.push('server ca cert should not be set for UDS');
  if (modes.length > 1) faults.push('--mode must be one for UDS: nothing tells the protocols apart there');
  return faults;
}

function agentFaults({
  clusterCaCert,
  agentNamespace,
  agentServiceAccount,
  authenticationAudience,
  kubeconfig,
}: Flags): string[] {
  const takesTokens = agentNamespace !== undefined || agentServiceAccount !== undefined;
  if (!takesTokens)
    return clusterCaCert === undefined
      ? [
          'agents need a way to say who they are: --cluster-ca-cert, or --agent-namespace and --agent-service-account',
        ]
      : [];
  const faults: string[] = [];
  if (agentNamespace === undefined)
    faults.push('--agent-namespace cannot be empty when agent authentication is enabled');
  if (agentServiceAccount === undefined)
    faults.push('--agent-service-account cannot be empty when agent authentication is enabled');
  if (authenticationAudience === '')
    faults.push('--authentication-audience cannot be empty when agent authentication is enabled');
  if (kubeconfig === undefined)
    faults.push('--kubeconfig cannot be empty when agent authentication is enabled');
  return faults;
}

/** The last `--proxy-strategies` counts, as with upstream: one that was taken back must not be left over. */
function parseStrategies(text: string, faults: string[]): ProxyStrategy[] {
  const words = text.split(',').filter((word) => word !== '');
  if (words.length === 0) faults.push('invalid proxy strategies: proxy strategies cannot be empty');
  return words.flatMap((word) => {
    const known = PROXY_STRATEGIES.find((strategy) => strategy === word);
    if (known === undefined) faults.push(`invalid proxy strategies: unknown proxy strategy: ${word}`);
    return known ?? [];
  });
}

function parseRanges(text: string, faults: string[]): AddressRange[] {
  return text.split(',').flatMap((word) => {
    const range = parseCidr(word.trim());
    if (range === undefined && word !== '')
      faults.push(`invalid value ${JSON.stringify(word)} for --service-cluster-ip-range: expected a CIDR`);
    return range ?? [];
  });
}

function parseLabels(text: string, faults: string[]): Record<string, string> {
  const entries = text.split(',').map((word): [string, string] => {
    const [name = '', value, ...rest] = word.trim().split('=');
    if (name === '' || value === undefined || rest.length > 0)
      faults.push(`invalid value ${JSON.stringify(word)} for --lease-label: expected name=value`);
    return [name, value ?? ''];
  });
  return Object.fromEntries(entries);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
