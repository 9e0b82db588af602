import type { Dialer } from '@hawser/dial';
import { caBundleFile, keyPairFiles, type ReloadSurroundings } from '@hawser/tls-files';
import type { ApiServerOptions } from '../options.ts';
import { ProxyTransport } from './proxy-transport.ts';

/** The transport of the flags. @throws Error where they contradict each other, or a file of theirs cannot be used. */
export function createProxyTransport(
  options: ApiServerOptions,
  dialer: Dialer,
  reloading: ReloadSurroundings,
): ProxyTransport {
  const { proxyClientCertFile: certFile, proxyClientKeyFile: keyFile } = options;
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new Error('--proxy-client-cert-file and --proxy-client-key-file go together');
  const ca = caBundleFile(options.proxyCaFile ?? options.kubeletCertificateAuthority, 'proxy-ca', reloading);
  const pair =
    certFile === undefined || keyFile === undefined
      ? undefined
      : keyPairFiles(certFile, keyFile, 'proxy-client', reloading);
  return new ProxyTransport({
    dialer,
    readCa: () => ca.current,
    readCertificate: () => pair?.current ?? {},
    allowLoopback: options.allowLoopbackTargets,
    allowPlain: options.allowPlainProxy,
    forbidInsecure: options.forbidInsecureProxy,
  });
}
