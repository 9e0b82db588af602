import { existsSync, readFileSync } from 'node:fs';
import { buildKubeconfig, loadKubeconfig, writeKubeconfig } from '@hawser/client';
import { homeLayout, nodeLayout } from '@hawser/config';
import { PkiError, parseCertificate } from '@hawser/pki';
import { Backoff, sleep } from '@hawser/runtime';
import { hubAddress } from '../network/addresses.ts';
import { type ClusterPlace, cliCommand, type DevNode } from '../services.ts';

/**
 * Sees to it that a node can join: one that has no client certificate gets a bootstrap kubeconfig with a token of
 * one hour; one that has joined is told where the hub is now. Tries until the hub gives it a token. Rejects with the
 * signal's reason when that aborts.
 */
export async function ensureNodeCredentials(
  place: ClusterPlace,
  node: DevNode,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { clientCertificate, kubeconfig, bootstrapKubeconfig } = nodeLayout(place.home, node.name);
  if (hasCertificate(clientCertificate)) {
    if (existsSync(kubeconfig)) pointAtHub(kubeconfig, place);
    return;
  }
  const backoff = new Backoff({ initialMs: 50, maxMs: 2_000 });
  for (;;) {
    const answer = await createToken(place, node, signal);
    if ('token' in answer) {
      writeBootstrapKubeconfig(bootstrapKubeconfig, place, answer.token);
      return;
    }
    const delayMs = backoff.next();
    if (delayMs > 1_000) print(`waits for the hub: ${answer.fault}`);
    await sleep(delayMs, signal);
  }
}

/**
 * The hub's address changes with `--network`, its port with HAWSER_PORT: the kubelet's own file has those of before.
 * Whom it trusts is the cluster's bundle, so that the CA can be replaced.
 */
export function pointAtHub(
  kubeconfigFile: string,
  place: Pick<ClusterPlace, 'home' | 'port' | 'network'>,
): void {
  const kubeconfig = loadKubeconfig(kubeconfigFile);
  const server = hubUrl(place);
  const { bundle } = homeLayout(place.home).pki.ca;
  const isCurrent = ({ cluster }: (typeof kubeconfig.clusters)[number]) =>
    cluster.server === server && cluster['certificate-authority'] === bundle;
  if (kubeconfig.clusters.every(isCurrent)) return;
  for (const { cluster } of kubeconfig.clusters) {
    cluster.server = server;
    cluster['certificate-authority'] = bundle;
    delete cluster['certificate-authority-data'];
  }
  writeKubeconfig(kubeconfigFile, kubeconfig);
}

const hubUrl = ({ port, network }: Pick<ClusterPlace, 'port' | 'network'>): string =>
  `https://${hubAddress(network)}:${port}`;

function hasCertificate(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    return parseCertificate(readFileSync(path, 'utf8')).notAfter > new Date();
  } catch (error) {
    if (error instanceof PkiError) return false;
    throw error;
  }
}

async function createToken(
  place: ClusterPlace,
  { name }: DevNode,
  signal: AbortSignal,
): Promise<{ token: string } | { fault: string }> {
  const { adminKubeconfig } = homeLayout(place.home);
  const argv = cliCommand(
    place,
    'token',
    'create',
    '--kubeconfig',
    adminKubeconfig,
    '--ttl',
    '1h',
    '--usages',
    'authentication',
  );
  const child = Bun.spawn([...argv, '--description', `joining of ${name}`], {
    stdout: 'pipe',
    stderr: 'pipe',
    signal,
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return (await child.exited) === 0 ? { token: stdout.trim() } : { fault: stderr.trim() };
}

function writeBootstrapKubeconfig(path: string, place: ClusterPlace, token: string): void {
  const kubeconfig = buildKubeconfig({
    server: hubUrl(place),
    certificateAuthority: { file: homeLayout(place.home).pki.ca.bundle },
    token: { data: token },
    userName: 'kubelet-bootstrap',
  });
  writeKubeconfig(path, kubeconfig);
}
