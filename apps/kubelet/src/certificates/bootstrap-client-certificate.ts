import { existsSync, readFileSync } from 'node:fs';
import {
  buildKubeconfig,
  KubeClient,
  loadKubeconfig,
  type Material,
  resolveContext,
  writeKubeconfig,
} from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import { logFailure } from '../log-failure.ts';
import type { CertificateStore } from './certificate-store.ts';
import {
  CertificateRefusedError,
  type CertificateTemplate,
  requestCertificate,
} from './request-certificate.ts';

export interface BootstrapOptions {
  readonly nodeName: string;
  /** Made here when the node has no identity yet. */
  readonly kubeconfigPath: string;
  readonly bootstrapKubeconfigPath?: string;
  readonly store: CertificateStore;
  readonly userAgent: string;
  readonly localAddress?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a node's identity looks like (certificates API: `kubernetes.io/kube-apiserver-client-kubelet`). */
export function clientCertificateTemplate(nodeName: string): CertificateTemplate {
  return {
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    usages: ['digital signature', 'client auth'],
    commonName: `system:node:${nodeName}`,
    organizations: ['system:nodes'],
  };
}

/**
 * TLS bootstrap: makes sure that the node has a client certificate and a kubeconfig that uses it, asking for the
 * one with the bootstrap kubeconfig's credentials and writing the other. Every step can be interrupted and
 * begun again: the key is on disk before it is asked for, and the certificate before it is referred to.
 * @throws Error when there is neither an identity nor a bootstrap kubeconfig; the signal's reason on abort.
 */
export async function bootstrapClientCertificate(
  options: BootstrapOptions,
  signal: AbortSignal,
): Promise<void> {
  const { store, kubeconfigPath, bootstrapKubeconfigPath, logger } = options;
  if (hasIdentity(options)) return;
  if (bootstrapKubeconfigPath === undefined)
    throw new Error(
      `no usable client certificate for ${kubeconfigPath}, and no --bootstrap-kubeconfig to ask for one`,
    );
  if (validUntil(options) === undefined) await requestUntilIssued(options, bootstrapKubeconfigPath, signal);
  writeNodeKubeconfig(options, bootstrapKubeconfigPath);
  logger.info({ kubeconfig: kubeconfigPath, certificate: store.currentPath }, 'node identity established');
}

/** A kubeconfig that is there is used as it is, whoever made it, unless its certificate is ours and has expired. */
function hasIdentity(options: BootstrapOptions): boolean {
  if (!existsSync(options.kubeconfigPath)) return false;
  const { user } = resolveContext(loadKubeconfig(options.kubeconfigPath));
  return user['client-certificate'] !== options.store.currentPath || validUntil(options) !== undefined;
}

function validUntil({ store, clock, nodeName }: BootstrapOptions): Date | undefined {
  const certificate = store.current()?.certificate;
  if (certificate?.subject.commonName !== `system:node:${nodeName}`) return undefined;
  return certificate.notAfter > clock.now() ? certificate.notAfter : undefined;
}

async function requestUntilIssued(
  options: BootstrapOptions,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const { store, nodeName, clock, logger, userAgent, localAddress } = options;
  const backoff = new Backoff({ initialMs: 200, maxMs: 10_000 });
  for (let tries = 1; ; tries += 1) {
    try {
      // Made anew each time: the file may name a fresher token than it did.
      await using client = KubeClient.fromKubeconfig(path, { userAgent, localAddress, logger });
      const keyPair = store.pendingKey();
      logger.info(
        { server: client.server },
        'requesting a client certificate with the bootstrap credentials',
      );
      store.update(
        await requestCertificate(client, clientCertificateTemplate(nodeName), keyPair, signal),
        keyPair,
      );
      return;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof CertificateRefusedError) store.discardPendingKey();
      logFailure(logger, error, tries, 'bootstrap failed, trying until it succeeds');
      await sleep(backoff.next(), signal, clock);
    }
  }
}

/** Refers to `kubelet-client-current.pem`, so that rotation needs no change here; the CA is copied in. */
function writeNodeKubeconfig(
  { store, kubeconfigPath, nodeName }: BootstrapOptions,
  bootstrapPath: string,
): void {
  const { cluster } = resolveContext(loadKubeconfig(bootstrapPath));
  const kubeconfig = buildKubeconfig({
    server: cluster.server,
    tlsServerName: cluster['tls-server-name'],
    certificateAuthority: authorityOf(cluster),
    clientCertificate: { file: store.currentPath },
    clientKey: { file: store.currentPath },
    userName: `system:node:${nodeName}`,
  });
  writeKubeconfig(kubeconfigPath, kubeconfig);
}

function authorityOf(cluster: ReturnType<typeof resolveContext>['cluster']): Material {
  const data = cluster['certificate-authority-data'];
  if (data) return { data: Buffer.from(data, 'base64').toString('utf8') };
  const file = cluster['certificate-authority'];
  if (file) return { data: readFileSync(file, 'utf8') };
  throw new Error('the bootstrap kubeconfig has no certificate-authority: refused');
}
