import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  buildKubeconfig,
  type ClusterInfo,
  ConnectionError,
  formatKubeconfig,
  KubeClient,
  type Kubeconfig,
  loadKubeconfig,
  type Material,
  parseClusterInfo,
  RequestTimeoutError,
  resolveContext,
} from '@hawser/client';
import type { Ports } from '@hawser/config';
import { isLoopback } from '@hawser/dial';
import { type Clock, writeFileAtomic } from '@hawser/runtime';
import { formatToken } from '../bootstrap-token/bootstrap-token.ts';
import type { ClusterConfiguration } from '../cluster-configuration/cluster-configuration.ts';
import { writeIfDifferent } from '../init/write-if-different.ts';
import { readClusterConfiguration, requireFreeName } from './admission.ts';
import { requestNames } from './await-admission.ts';
import { pinnedCertificates } from './ca-pins.ts';
import { chooseAddress } from './choose-address.ts';
import { discoverCluster } from './discover-cluster.ts';
import { JoinError } from './join-error.ts';
import type { JoinRequest } from './join-request.ts';
import { joinedNodeName } from './joined-node.ts';
import { recallCluster, rememberCluster } from './known-cluster.ts';
import type { NatsCredentials, NodeSetting } from './node-programs.ts';

export interface JoinSurroundings {
  readonly ports: Ports;
  readonly discoveryTimeoutMs: number;
  readonly clock: Clock;
  readonly report: (line: string) => void;
}

/** A node whose files are written. */
export interface PreparedNode {
  readonly setting: NodeSetting;
  /** Certificate requests that there were before it asked. */
  readonly earlierRequests: ReadonlySet<string>;
}

/** Of a cluster that says nothing of itself. */
const DEFAULT_CONFIGURATION: ClusterConfiguration = {
  networking: { dnsDomain: 'cluster.local', podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/16' },
};

/**
 * Does all that comes before a node's programs are started: recognises the cluster, learns what it tells its nodes,
 * makes sure that it takes the token and that the name is free, and writes the node's files. A node that has joined
 * before goes on as it was.
 * @throws JoinError when it cannot join.
 */
export async function prepareNode(
  request: JoinRequest,
  surroundings: JoinSurroundings,
  signal: AbortSignal,
): Promise<PreparedNode> {
  const joinedAs = joinedNodeName(request.directory, surroundings.clock.now());
  return joinedAs === undefined
    ? await prepareNewNode(request, surroundings, signal)
    : await prepareJoinedNode(request, joinedAs, surroundings, signal);
}

async function prepareNewNode(
  request: JoinRequest,
  surroundings: JoinSurroundings,
  signal: AbortSignal,
): Promise<PreparedNode> {
  const { token, directory, nodeName } = request;
  const { report } = surroundings;
  if (token === undefined)
    throw new JoinError('--token is required: this node has not joined yet, or its certificate has expired');
  const information = await recognise(request, surroundings, signal);
  report(`the cluster is at ${information.server}`);
  const authority = { data: information.certificateAuthority };
  const bootstrap = bootstrapKubeconfig(information.server, authority, token);
  await using client = clientOf(bootstrap);
  const cluster = await told(client, surroundings, signal);
  await requireFreeName(client, nodeName, signal);
  const earlierRequests = await requestNames(client, signal);
  const setting = await settingOf(request, information.server, cluster, surroundings);
  writeFiles(setting, information.certificateAuthority);
  // What the node trusts is said in one file, and stays so when the CA is replaced.
  const lasting = bootstrapKubeconfig(information.server, { file: resolve(directory.ca) }, token);
  writeIfDifferent(directory.bootstrapKubeconfig, formatKubeconfig(lasting));
  return { setting, earlierRequests };
}

function bootstrapKubeconfig(
  server: string,
  certificateAuthority: Material,
  token: NonNullable<JoinRequest['token']>,
): Kubeconfig {
  const credentials = { token: { data: formatToken(token) }, userName: 'kubelet-bootstrap' };
  return buildKubeconfig({ server, certificateAuthority, ...credentials });
}

async function prepareJoinedNode(
  request: JoinRequest,
  joinedAs: string,
  surroundings: JoinSurroundings,
  signal: AbortSignal,
): Promise<PreparedNode> {
  const { directory, nodeName, recognition } = request;
  if (joinedAs !== nodeName)
    throw new JoinError(
      `${directory.root} is that of node ${joinedAs}, which has joined: give --node-name ${joinedAs} to go on with it, ` +
        'or another --root-dir',
    );
  const kubeconfig = loadKubeconfig(directory.kubeconfig);
  const { cluster } = resolveContext(kubeconfig);
  const authority = existsSync(directory.ca)
    ? readFileSync(directory.ca, 'utf8')
    : Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64').toString();
  if (recognition !== undefined && 'pins' in recognition && recognition.pins !== undefined)
    pinnedCertificates(authority, recognition.pins);
  surroundings.report(`node ${nodeName} has joined ${cluster.server} before, and goes on`);
  // The address of a guest is its own choice, and stays; that of a machine may be another now.
  const known = recallCluster(directory);
  const guestIp = known !== undefined && isLoopback(known.ip) ? known.ip : undefined;
  const asBefore = { ...request, nodeIp: request.nodeIp ?? guestIp };
  const setting = await joinedSetting(asBefore, kubeconfig, cluster.server, surroundings, signal);
  writeFiles(setting, authority);
  return { setting, earlierRequests: new Set() };
}

/** As the cluster says now; as it said last when the hub is away, which is no reason for a node not to start. */
async function joinedSetting(
  request: JoinRequest,
  kubeconfig: Kubeconfig,
  server: string,
  surroundings: JoinSurroundings,
  signal: AbortSignal,
): Promise<NodeSetting> {
  try {
    await using client = clientOf(kubeconfig);
    const cluster = await told(client, surroundings, signal);
    return await settingOf(request, server, cluster, surroundings);
  } catch (error) {
    const known = recallCluster(request.directory);
    const isAway = error instanceof ConnectionError || error instanceof RequestTimeoutError;
    if (!isAway || known === undefined) throw error;
    surroundings.report(`the hub is away (${error.message}): going on as it said last`);
    const { ip, cluster } = known;
    return await settingOf({ ...request, nodeIp: request.nodeIp ?? ip }, server, cluster, surroundings);
  }
}

const clientOf = (kubeconfig: Kubeconfig): KubeClient =>
  KubeClient.fromKubeconfig(kubeconfig, { userAgent: 'hawser-join' });

function recognise(
  { recognition, token }: JoinRequest,
  { discoveryTimeoutMs: timeoutMs, clock, report }: JoinSurroundings,
  signal: AbortSignal,
): Promise<ClusterInfo> | ClusterInfo {
  if (recognition === undefined)
    throw new JoinError('the address of the hub is missing: hawser join HOST:PORT, or --discovery-file');
  if ('kubeconfig' in recognition) return clusterOf(recognition.kubeconfig);
  const { endpoint, pins } = recognition;
  if (pins === undefined)
    report('WARNING: the CA is not pinned: whoever knows the token could pose as the hub');
  return discoverCluster({ endpoint, pins, token: token!, timeoutMs, clock, report }, signal);
}

function clusterOf(kubeconfig: string): ClusterInfo {
  try {
    return parseClusterInfo(kubeconfig);
  } catch (cause) {
    throw new JoinError(`--discovery-file: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

async function told(
  client: KubeClient,
  { report }: JoinSurroundings,
  signal: AbortSignal,
): Promise<ClusterConfiguration> {
  const configuration = await readClusterConfiguration(client, signal);
  if (configuration === undefined)
    report('the cluster does not say how it is made (no kube-system/hawser-config): defaults are taken');
  return configuration ?? DEFAULT_CONFIGURATION;
}

async function settingOf(
  { nodeName: name, nodeIp, directory, more, nats }: JoinRequest,
  server: string,
  cluster: ClusterConfiguration,
  { ports, report }: JoinSurroundings,
): Promise<NodeSetting> {
  const ip = nodeIp ?? (await chooseAddress(server, name, ports.kubelet));
  report(`node ${name} has the address ${ip}`);
  return { name, ip, directory, cluster, ports, nats: natsOf(nats, cluster, directory.natsCa), more };
}

/** Only a node that was given a key publishes; where to, the cluster says. */
function natsOf(
  { url, caFile, certFile, keyFile }: Partial<NatsCredentials>,
  { nats }: ClusterConfiguration,
  natsCa: string,
): NatsCredentials | undefined {
  if (certFile === undefined || keyFile === undefined) return undefined;
  const server = url ?? nats?.server;
  if (server === undefined)
    throw new JoinError('--nats-url is needed: the cluster does not say where NATS is');
  return { url: server, caFile: caFile ?? natsCa, certFile, keyFile };
}

function writeFiles({ ip, directory, cluster }: NodeSetting, authority: string): void {
  try {
    for (const each of [directory.root, directory.certDir]) mkdirSync(each, { recursive: true, mode: 0o700 });
    const { konnectivity, nats } = cluster;
    rememberCluster(directory, { ip, cluster });
    writeFileAtomic(directory.ca, authority, 0o644);
    if (konnectivity) writeFileAtomic(directory.konnectivityCa, konnectivity.certificateAuthority, 0o644);
    if (nats) writeFileAtomic(directory.natsCa, nats.certificateAuthority, 0o644);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JoinError(`the node's files cannot be written (--root-dir): ${why}`, { cause });
  }
}
