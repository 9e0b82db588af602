import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodes } from '@hawser/api';
import { KubeClient } from '@hawser/client';
import { homeLayout, portsFor } from '@hawser/config';
import { HostNetwork } from '../network/host-network.ts';
import { inNamespace, whyNoNamespaces } from '../network/namespaces.ts';
import { Relay } from '../network/relay.ts';
import { type Argv, type ClusterPlace, devNode } from '../services.ts';
import { superviseProcess } from './supervised-process.ts';

/** Of the namespaces of the cluster in a state directory, which its tasks find by it. */
export const networkName = (home: string): string =>
  `hawser-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;

/** A command line as it runs on one of the cluster's hosts; with all on loopback addresses, as it is. */
export function onHost({ home, network }: ClusterPlace, host: string, argv: Argv): Argv {
  return network === 'netns' ? inNamespace(`${networkName(home)}-${host}`, argv) : argv;
}

/** What the hosts of a cluster are on; without any, nothing. */
export interface DevNetwork extends AsyncDisposable {
  /** Has the hub reach the pods of the cluster's nodes by their addresses. */
  routeToPods(): Promise<void>;
}

/**
 * Makes the hosts of a cluster that is to have some, and brings the ports of the hub, of NATS and of Konnectivity's metrics and health to 127.0.0.1
 * of this machine. Disposing takes both away; what a killed process left behind, the next one of the same state directory
 * removes. @throws Error where namespaces cannot be made, or a port is in use.
 */
export async function startNetwork(
  place: ClusterPlace,
  nodes: number,
  print: (line: string) => void,
): Promise<DevNetwork> {
  await using resources = new AsyncDisposableStack();
  if (place.network !== 'netns') return devNetwork(resources.move(), async () => {});
  const why = whyNoNamespaces();
  if (why !== undefined) throw new Error(`--network netns: ${why}`);
  const network = resources.use(new HostNetwork(networkName(place.home)));
  for (let number = 1; number <= nodes; number += 1) network.addHost(devNode(number).name, number);
  const ports = portsFor(place.port);
  const relay = resources.use(
    new Relay(
      [ports.hub, ports.nats, ports.konnectivityAdmin, ports.konnectivityHealth],
      join(tmpdir(), `${networkName(place.home)}-relay`),
    ),
  );
  await relay.listen();
  resources.use(superviseRelay(place, network.command('hub', relay.command), print));
  return devNetwork(resources.move(), () => routeToPods(place, network));
}

function devNetwork(resources: AsyncDisposableStack, route: () => Promise<void>): DevNetwork {
  return { routeToPods: route, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function routeToPods({ home }: ClusterPlace, network: HostNetwork): Promise<void> {
  await using client = KubeClient.fromKubeconfig(homeLayout(home).adminKubeconfig, {
    userAgent: 'hawser-dev',
  });
  for (const { metadata, spec } of (await client.list(nodes)).items)
    if (spec?.podCIDR && network.hasHost(metadata.name)) network.routeTo(metadata.name, spec.podCIDR);
}

function superviseRelay({ home }: ClusterPlace, argv: Argv, print: (line: string) => void): AsyncDisposable {
  const stopping = new AbortController();
  const logFile = join(homeLayout(home).logs, 'relay.log');
  const running = superviseProcess({
    argv,
    logFile,
    print: (line) => print(`relay ${line}`),
    signal: stopping.signal,
  });
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };
}
