import { expectJson } from '../cluster/expectations.ts';
import { createPod, isReady, podThat } from '../cluster/pods.ts';
import type { NetworkedCluster } from './network-suite.ts';
import { serverPod } from './server-pod.ts';

/** The same for all: pods have their ports to themselves. */
export const PORT = 8080;

/** A pod that serves on `PORT`. */
export interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  readonly ip: string;
  readonly path: string;
}

/** Starts pods that serve on the same port, on the nodes named, and waits until they are ready. */
export async function servers(
  cluster: NetworkedCluster,
  namespace: string,
  ...nodes: string[]
): Promise<RunningPod[]> {
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  expectJson(await cluster.admin.post(secrets, { metadata: { name: 's' }, stringData: { value: 'x' } }), 201);
  const pods = nodes.map(async (node, number) => {
    const name = `web-${number}`;
    const path = await createPod(cluster, namespace, serverPod(name, node, PORT, name, 's'));
    const { status } = await podThat(cluster, path, isReady);
    return { namespace, name, path, ip: status.podIP };
  });
  return await Promise.all(pods);
}

/** What a command prints in a pod. @throws Error with what it complains of. */
export async function run(
  cluster: NetworkedCluster,
  { namespace, name }: Pick<RunningPod, 'namespace' | 'name'>,
  ...command: string[]
): Promise<string> {
  const args = ['-n', namespace, 'exec', name, '--', ...command];
  const { stdout, stderr, exitCode } = await cluster.kubectl('1.36', ...args);
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  return stdout.trimEnd();
}

const REQUEST = `
  use IO::Socket::INET;
  my $socket = IO::Socket::INET->new(PeerAddr => $ARGV[0], Timeout => 3) or die "$@\\n";
  print $socket "GET $ARGV[1] HTTP/1.0\\r\\n\\r\\n";
  local $/; (my $answer = <$socket>) =~ s/.*\\r\\n\\r\\n//s; print $answer`;

/** What a server answers a pod. */
export const ask = (
  cluster: NetworkedCluster,
  from: Pick<RunningPod, 'namespace' | 'name'>,
  address: string,
  path = '/x',
): Promise<string> => run(cluster, from, 'perl', '-e', REQUEST, address, path);

/** Runs a command on a node's host. */
export function onNode(cluster: NetworkedCluster, node: string, ...argv: string[]): string {
  return cluster.network.in(cluster.network.namespaceOf(node), argv);
}

/** How the documents have a pod call the API server ("Directly accessing the REST API", from within a Pod). */
export const callHub = (path: string, server = 'https://kubernetes.default.svc'): string => `
  APISERVER=${server}
  SERVICEACCOUNT=/var/run/secrets/kubernetes.io/serviceaccount
  NAMESPACE=$(cat \${SERVICEACCOUNT}/namespace)
  TOKEN=$(cat \${SERVICEACCOUNT}/token)
  CACERT=\${SERVICEACCOUNT}/ca.crt
  curl -sS --cacert \${CACERT} --header "Authorization: Bearer \${TOKEN}" -X GET \${APISERVER}${path}`;
