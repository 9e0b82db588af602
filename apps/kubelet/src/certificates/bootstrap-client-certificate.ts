import { copyFileSync, existsSync } from 'node:fs';
import {
  buildKubeconfig,
  ConnectionError,
  KubeClient,
  loadKubeconfig,
  type Material,
  resolveContext,
  StatusError,
  writeKubeconfig,
} from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import type { CertificateStore } from './certificate-store.ts';
import { identityFault, ownFault } from './identity-fault.ts';
import { obtainCertificate } from './obtain-certificate.ts';
import type { CertificateTemplate } from './request-certificate.ts';

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
 *
 * A node that was off for longer than its certificate lived finds its way back so, too. Where it may not, because
 * there is no bootstrap kubeconfig or its token is good no more, it says what is wrong and what would help, and looks
 * again until somebody has helped: pods go on meanwhile.
 * @throws Error when the flags name neither an identity nor a bootstrap kubeconfig; the signal's reason on abort.
 */
export async function bootstrapClientCertificate(
  options: BootstrapOptions,
  signal: AbortSignal,
): Promise<void> {
  const { kubeconfigPath, bootstrapKubeconfigPath, clock } = options;
  if (bootstrapKubeconfigPath === undefined && !existsSync(kubeconfigPath))
    throw new Error(
      `no usable client certificate for ${kubeconfigPath}, and no --bootstrap-kubeconfig to ask for one`,
    );
  const backoff = new Backoff({ initialMs: 200, maxMs: 10_000 });
  const complaint = new Complaint(options);
  for (;;) {
    const fault = identityFault(options);
    if (fault === undefined) return;
    try {
      return await establishIdentity(options, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      complaint.say(fault, error as Error);
      await sleep(backoff.next(), signal, clock);
    }
  }
}

/** Says the same once, however often it is tried. */
class Complaint {
  #last = '';

  constructor(private readonly options: BootstrapOptions) {}

  say(why: string, bootstrap: Error): void {
    const { logger, kubeconfigPath, clock } = this.options;
    const values = { why, bootstrap: bootstrap.message, help: this.#help(bootstrap) };
    const text = JSON.stringify(values);
    const level = text === this.#last ? 'debug' : bootstrap instanceof ConnectionError ? 'warn' : 'error';
    this.#last = text;
    logger[level](
      { ...values, kubeconfig: kubeconfigPath, now: clock.now() },
      'this node has no identity with which it could go to the API server, trying until it has',
    );
  }

  #help(error: Error): string {
    const { bootstrapKubeconfigPath: path, kubeconfigPath } = this.options;
    const token = 'make one with `hawser token create`';
    if (path === undefined)
      return `start the kubelet with --bootstrap-kubeconfig and a valid token (${token}), or put a kubeconfig with a valid client certificate at ${kubeconfigPath}`;
    if (error instanceof StatusError && error.code === 401)
      return `the token in ${path} is refused, it has expired or was deleted: ${token} and put it there`;
    if (error instanceof ConnectionError) return `see that ${path} names the API server and its CA`;
    return `see that ${path} is a kubeconfig with a valid token (${token})`;
  }
}

/** One try. */
async function establishIdentity(options: BootstrapOptions, signal: AbortSignal): Promise<void> {
  const { store, nodeName, kubeconfigPath, bootstrapKubeconfigPath: path, logger } = options;
  if (path === undefined) throw new Error('there is no --bootstrap-kubeconfig');
  if (ownFault(options) !== undefined) {
    await using client = bootstrapClient(options);
    const template = clientCertificateTemplate(nodeName);
    await obtainCertificate({ ...options, client, template }, signal);
  }
  writeNodeKubeconfig(options, path);
  logger.info({ kubeconfig: kubeconfigPath, certificate: store.currentPath }, 'node identity established');
}

/**
 * With the bootstrap kubeconfig's credentials. Made anew each time: the file may name a fresher token than it did.
 * @throws Error where there is none.
 */
export function bootstrapClient({
  bootstrapKubeconfigPath: path,
  userAgent,
  localAddress,
  logger,
}: Pick<BootstrapOptions, 'bootstrapKubeconfigPath' | 'userAgent' | 'localAddress' | 'logger'>): KubeClient {
  if (path === undefined || !existsSync(path))
    throw new Error(
      `${path === undefined ? 'there is no --bootstrap-kubeconfig' : `${path} does not exist`}: a new certificate takes one with a valid token (hawser token create)`,
    );
  return KubeClient.fromKubeconfig(path, { userAgent, localAddress, logger });
}

/**
 * Refers to `kubelet-client-current.pem`, so that rotation needs no change here; to the CA as the bootstrap kubeconfig
 * does: by its file where it names one, which is then the only place where a node is told of another CA.
 */
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
  // One that somebody else has made may hold more than what is of no use now.
  if (existsSync(kubeconfigPath)) copyFileSync(kubeconfigPath, `${kubeconfigPath}.bak`);
  writeKubeconfig(kubeconfigPath, kubeconfig);
}

function authorityOf(cluster: ReturnType<typeof resolveContext>['cluster']): Material {
  const data = cluster['certificate-authority-data'];
  if (data) return { data: Buffer.from(data, 'base64').toString('utf8') };
  const file = cluster['certificate-authority'];
  if (file) return { file };
  throw new Error('the bootstrap kubeconfig has no certificate-authority: refused');
}
