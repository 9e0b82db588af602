import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildKubeconfig, writeKubeconfig } from '@hawser/client';
import { homeLayout, nodeLayout } from '@hawser/config';
import { PkiError, parseCertificate } from '@hawser/pki';
import { Backoff, sleep } from '@hawser/runtime';
import { hubAddress } from '../network/addresses.ts';
import { type ClusterPlace, cliCommand, type DevNode } from '../services.ts';

/**
 * Sees to it that a node can join: one that has no client certificate gets a bootstrap kubeconfig with a token of
 * one hour. Tries until the hub gives it one. Rejects with the signal's reason when that aborts.
 */
export async function ensureNodeCredentials(
  place: ClusterPlace,
  node: DevNode,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { pki, bootstrapKubeconfig } = nodeLayout(place.home, node.name);
  if (hasCertificate(join(pki, 'kubelet-client-current.pem'))) return;
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

function writeBootstrapKubeconfig(path: string, { home, port, network }: ClusterPlace, token: string): void {
  const ca = readFileSync(homeLayout(home).pki.ca.certificate, 'utf8');
  const kubeconfig = buildKubeconfig({
    server: `https://${hubAddress(network)}:${port}`,
    certificateAuthority: { data: ca },
    token: { data: token },
    userName: 'kubelet-bootstrap',
  });
  writeKubeconfig(path, kubeconfig);
}
