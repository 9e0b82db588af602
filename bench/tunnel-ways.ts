import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { homeLayout, nodeLayout, portsFor } from '@hawser/config';
import type { Dialer, Target } from '@hawser/dial';
import { createRegistry, silentLogger } from '@hawser/observability';
import { systemClock } from '@hawser/runtime';
import { GrpcDialer, HttpConnectDialer, TcpFrontEnd, UdsFrontEnd } from '@hawser/tunnel-konnectivity';
import { SshDialer } from '@hawser/tunnel-ssh';
import {
  type Argv,
  type ClusterPlace,
  type DevNode,
  konnectivityAgentCommand,
  konnectivityServerCommand,
} from '../scripts/services.ts';
import { findBubblewrap, findSshd, prepareSshd, sshdCommand, sshUser } from '../scripts/sshd.ts';
import type { FreshCluster } from './fresh-cluster.ts';
import type { Connect } from './stream-measures.ts';

/** One way to a target, and the processes that stand between. */
export interface Way {
  readonly connect: Connect;
  readonly processes: readonly number[];
}

/** Straight to the target, or with TLS laid over it that is verified. */
export function directWay(target: Target, ca?: Buffer): Way {
  const options = { ...target, noDelay: true };
  const connect = async () => {
    const socket = ca === undefined ? net.connect(options) : tls.connect({ ...options, ca, servername: '' });
    socket.setNoDelay(true).on('error', () => {});
    const ready = ca === undefined ? 'connect' : 'secureConnect';
    await new Promise((resolve, reject) => socket.once(ready, resolve).once('close', reject));
    return socket;
  };
  return { connect, processes: [] };
}

/** Through a dialer of the hub, which runs in this process. */
export function dialerWay(dialer: Dialer, target: Target, processes: readonly number[]): Way {
  const connect = async () => (await dialer.dial(target)).on('error', () => {});
  return { connect, processes };
}

/** OpenSSH's server of a node, and two clients of it: the hub's dialer, and `ssh -L`. */
export async function sshWays(cluster: FreshCluster, node: DevNode, target: Target) {
  const { place } = cluster;
  const [sshd, bwrap] = [findSshd(), findBubblewrap()];
  const ssh = Bun.which('ssh') ?? join(import.meta.dir, '../.tools/bin/ssh');
  if (sshd === undefined || bwrap === undefined)
    throw new Error('no sshd or bwrap: run `node scripts/setup.mjs tools`');
  prepareSshd(place, node);
  const server = cluster.start(sshdCommand(place, node, sshd, bwrap));
  const port = portsFor(place.port).ssh;
  await listening({ host: node.address, port });
  const { hostPublicKey } = nodeLayout(place.home, node.name).ssh;
  const hostKey = await Bun.file(hostPublicKey).text();
  const dialer = new SshDialer({
    user: sshUser(),
    keyFile: homeLayout(place.home).hub.sshKey,
    port,
    knownHostsFile: undefined,
    nodes: () => [{ name: node.name, host: node.address, hostKeys: hostKey }],
    checkAddress: async (host) => host,
    registry: createRegistry(),
    clock: systemClock,
    logger: silentLogger,
  });
  const client = cluster.start(await forwarding(place, ssh, { node, port, hostKey, target }));
  const local = { host: '127.0.0.1', port: FORWARD_PORT };
  await listening(local);
  return {
    [Symbol.dispose]: () => dialer[Symbol.dispose](),
    hub: dialerWay(dialer, target, [server.pid]),
    openSsh: { ...directWay(local), processes: [server.pid, client.pid] },
  };
}

/** Where `ssh -L` listens; away from the ports of the cluster. */
const FORWARD_PORT = 16022;

interface Forwarding {
  readonly node: DevNode;
  readonly port: number;
  readonly hostKey: string;
  readonly target: Target;
}

async function forwarding(
  place: ClusterPlace,
  ssh: string,
  { node, port, hostKey, target }: Forwarding,
): Promise<Argv> {
  const knownHosts = join(place.home, 'known_hosts');
  await Bun.write(knownHosts, `[${node.address}]:${port} ${hostKey}`);
  return [
    ...[ssh, '-N', '-F', 'none', '-i', homeLayout(place.home).hub.sshKey, '-p', `${port}`],
    ...['-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes'],
    ...['-c', 'aes128-gcm@openssh.com', '-L', `127.0.0.1:${FORWARD_PORT}:${target.host}:${target.port}`],
    `${sshUser()}@${node.address}`,
  ];
}

/**
 * Two Konnectivity servers, one with a front end over mTLS that speaks both protocols, one with a unix socket; to each
 * one agent by yamux and one by gRPC, so that the target's node says which is used.
 */
export async function konnectivityWays(cluster: FreshCluster, yamux: Place, grpc: Place) {
  const { place } = cluster;
  const ports = portsFor(place.port);
  const socket = join(place.home, 'konnectivity/front-end.socket');
  const second = { agents: ports.konnectivityAgents + 1000, admin: ports.konnectivityAdmin + 1000 };
  const overTls = cluster.start([...konnectivityServerCommand(place), '--mode', 'grpc,http-connect']);
  const overUnix = cluster.start([
    ...konnectivityServerCommand(place, socket),
    ...['--data-dir', join(place.home, 'konnectivity-2')],
    ...[
      '--agent-port',
      `${second.agents}`,
      '--admin-port',
      `${second.admin}`,
      '--health-port',
      `${second.admin + 1}`,
    ],
  ]);
  const agent = (node: DevNode, protocol: string, server: number, shift: number) =>
    cluster.start([
      ...konnectivityAgentCommand(place, node),
      ...['--protocol', protocol, '--proxy-server-port', `${server}`],
      ...['--health-server-port', `${ports.konnectivityAgentHealth + shift}`],
      ...['--admin-server-port', `${ports.konnectivityAgentAdmin + shift}`],
    ]);
  const agents = {
    tls: {
      yamux: agent(yamux.node, 'yamux', ports.konnectivityAgents, 0),
      grpc: agent(grpc.node, 'grpc', ports.konnectivityAgents, 0),
    },
    unix: {
      yamux: agent(yamux.node, 'yamux', second.agents, 1000),
      grpc: agent(grpc.node, 'grpc', second.agents, 1000),
    },
  };
  const { ca, apiserver } = homeLayout(place.home).konnectivityPki;
  const files = { caBundle: ca.certificate, clientCert: apiserver.certificate, clientKey: apiserver.key };
  const url = `https://127.0.0.1:${ports.konnectivityFrontEnd}`;
  const byTls = new HttpConnectDialer({ frontEnd: new TcpFrontEnd(url, files) });
  const byUnix = new HttpConnectDialer({ frontEnd: new UdsFrontEnd(socket) });
  const byGrpc = new GrpcDialer({ frontEnd: new TcpFrontEnd(url, files, { alpnProtocols: ['h2'] }) });
  return {
    [Symbol.dispose]: () => byGrpc[Symbol.dispose](),
    'Konnectivity, yamux, unix socket': dialerWay(byUnix, yamux.target, [
      overUnix.pid,
      agents.unix.yamux.pid,
    ]),
    'Konnectivity, yamux, mTLS front end': dialerWay(byTls, yamux.target, [
      overTls.pid,
      agents.tls.yamux.pid,
    ]),
    'Konnectivity, gRPC agent, unix socket': dialerWay(byUnix, grpc.target, [
      overUnix.pid,
      agents.unix.grpc.pid,
    ]),
    'Konnectivity, gRPC throughout, mTLS front end': dialerWay(byGrpc, grpc.target, [
      overTls.pid,
      agents.tls.grpc.pid,
    ]),
  };
}

/** A node, and a server there. */
export interface Place {
  readonly node: DevNode;
  readonly target: Target;
}

async function listening(target: Target): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = net.connect({ ...target });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isThere) return;
    await Bun.sleep(50);
  }
  throw new Error(`nobody listens on ${target.host}:${target.port}`);
}
