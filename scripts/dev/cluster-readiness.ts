import { leases, type Node, nodes } from '@hawser/api';
import { KubeClient } from '@hawser/client';
import { homeLayout, portsFor } from '@hawser/config';
import { sleep } from '@hawser/runtime';
import { type ClusterPlace, type DevNode, devNode } from '../services.ts';

const POLL_MS = 100;
/** Silence longer than this makes people think that nothing happens. */
const REPORT_EVERY_MS = 15_000;

/**
 * Resolves when the hub says that it is ready and that the nodes are, and when it can reach them. Says from time to time what it waits for.
 * Rejects with the signal's reason when that aborts.
 */
export async function waitForCluster(
  place: ClusterPlace,
  nodeCount: number,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await using client = KubeClient.fromKubeconfig(homeLayout(place.home).adminKubeconfig, {
    userAgent: 'hawser-dev',
  });
  const since = new Date();
  let reportedMs = performance.now();
  for (;;) {
    const wanted = Array.from({ length: nodeCount }, (_, index) => devNode(index + 1));
    const missing = await findMissing(client, place, wanted, since, signal);
    if (missing === undefined) return;
    if (performance.now() - reportedMs > REPORT_EVERY_MS) {
      print(`still waiting: ${missing}`);
      reportedMs = performance.now();
    }
    await sleep(POLL_MS, signal);
  }
}

/** What is not ready yet; undefined when all is. */
async function findMissing(
  client: KubeClient,
  place: ClusterPlace,
  wanted: readonly DevNode[],
  since: Date,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { code, text } = await client.raw('GET', '/readyz', undefined, { signal });
    if (code !== 200 || text !== 'ok') return `the hub answers ${code} ${text.slice(0, 200)}`;
    const ready = await readyNodes(client, since, signal);
    const missing = wanted.map(({ name }) => name).filter((name) => !ready.has(name));
    if (missing.length > 0) return `${missing.join(', ')} not ready`;
    const agents = place.egress === 'konnectivity' ? await countAgents(place, signal) : wanted.length;
    if (agents < wanted.length) return `${agents} of ${wanted.length} Konnectivity agents are connected`;
    return await findUnreachable(client, wanted, signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return error instanceof Error ? error.message : String(error);
  }
}

/** How many agents the Konnectivity server has for a node: to ask for others would leave errors in the logs. */
async function countAgents({ port }: ClusterPlace, signal: AbortSignal): Promise<number> {
  const url = `http://127.0.0.1:${portsFor(port).konnectivityAdmin}/metrics`;
  const text = await (await fetch(url, { signal })).text();
  return Number(/server_ready_backends\{proxy_strategy="destHost"\} (\d+)/.exec(text)?.[1] ?? 0);
}

/** The first node that the hub does not reach: its kubelet has to answer through whatever is between them. */
async function findUnreachable(
  client: KubeClient,
  wanted: readonly DevNode[],
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const { name } of wanted) {
    const path = `/api/v1/nodes/${name}/proxy/healthz`;
    const { code, text } = await client.raw('GET', path, undefined, { signal });
    if (code !== 200) return `the hub does not reach ${name}: ${text.slice(0, 300)}`;
  }
  return undefined;
}

/** The nodes that are ready and alive: a Node says Ready for a while after its kubelet has gone, its Lease does not. */
async function readyNodes(client: KubeClient, since: Date, signal: AbortSignal): Promise<Set<string>> {
  const [allNodes, allLeases] = await Promise.all([
    client.list(nodes, { signal }),
    client.list(leases, { namespace: 'kube-node-lease', signal }),
  ]);
  const isAlive = (name: string) => {
    const lease = allLeases.items.find(({ metadata }) => metadata.name === name);
    return new Date(lease?.spec?.renewTime ?? 0) >= since;
  };
  const names = allNodes.items.filter(isReady).map(({ metadata }) => metadata.name);
  return new Set(names.filter(isAlive));
}

function isReady({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}
