import { existsSync, readFileSync } from 'node:fs';
import { type KubeconfigTarget, loadKubeconfig, resolveContext } from '@hawser/client';
import { parseCertificate } from '@hawser/pki';
import type { BootstrapOptions } from './bootstrap-client-certificate.ts';

type Identity = Pick<BootstrapOptions, 'kubeconfigPath' | 'store' | 'nodeName' | 'clock' | 'logger'>;

/**
 * Why the node cannot go to the API server with what it has; undefined when it can. A kubeconfig that is there is used
 * as it is, whoever made it, as long as its certificate lasts.
 */
export function identityFault(options: Identity): string | undefined {
  const { kubeconfigPath, store, clock, logger } = options;
  if (!existsSync(kubeconfigPath)) return `${kubeconfigPath} does not exist yet`;
  try {
    const { user } = resolveContext(loadKubeconfig(kubeconfigPath));
    if (user['client-certificate'] === store.currentPath) return ownFault(options);
    const pem = certificateOf(user);
    if (pem === undefined) return undefined;
    const { notBefore, notAfter } = parseCertificate(pem);
    const now = clock.now();
    if (notBefore > now) logger.warn({ notBefore, now, kubeconfig: kubeconfigPath }, NOT_YET);
    return notAfter > now
      ? undefined
      : `the client certificate in ${kubeconfigPath} expired at ${notAfter.toISOString()}`;
  } catch (error) {
    return `${kubeconfigPath} is of no use: ${(error as Error).message}`;
  }
}

const NOT_YET = "the client certificate is not valid yet by this node's clock: set the clock";

/** Why the certificate that the kubelet keeps is of no use. Of a torn one the last that still holds takes the place. */
export function ownFault({ store, clock, nodeName, logger }: Identity): string | undefined {
  const path = store.currentPath;
  const restored = store.restore();
  if (restored !== undefined) {
    const { serialNumber, notAfter } = restored.certificate;
    logger.warn(
      { path, serialNumber, notAfter },
      'the client certificate was torn, going on with the one before',
    );
  }
  const certificate = store.current()?.certificate;
  if (certificate === undefined)
    return existsSync(path) ? `${path} holds no certificate with its key` : `${path} does not exist`;
  const { subject, notBefore, notAfter } = certificate;
  if (subject.commonName !== `system:node:${nodeName}`)
    return `${path} is for ${subject.commonName}, not for system:node:${nodeName}`;
  const now = clock.now();
  if (notBefore > now) logger.warn({ notBefore, now, path }, NOT_YET);
  return notAfter > now ? undefined : `${path} expired at ${notAfter.toISOString()}`;
}

function certificateOf(user: KubeconfigTarget['user']): string | undefined {
  const data = user['client-certificate-data'];
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  const file = user['client-certificate'];
  return file ? readFileSync(file, 'utf8') : undefined;
}
