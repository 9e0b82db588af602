import type { Dialer } from '@hawser/dial';
import { caBundleFile, keyPairFiles, type ReloadSurroundings } from '@hawser/tls-files';
import type { ApiServerOptions } from '../options.ts';
import { KubeletClient } from './kubelet-client.ts';

/** The client of the flags. @throws Error where a file of theirs cannot be used. */
export function createKubeletClient(
  options: ApiServerOptions,
  dialer: Dialer,
  reloading: ReloadSurroundings,
): KubeletClient {
  const { kubeletClientCertificate, kubeletClientKey, kubeletCertificateAuthority } = options;
  const ca = caBundleFile(kubeletCertificateAuthority, 'kubelet-ca', reloading);
  const pair = keyPairFiles(kubeletClientCertificate, kubeletClientKey, 'kubelet-client', reloading);
  return new KubeletClient({
    dialer,
    readCa: () => ca.current,
    readCertificate: () => pair.current,
    addressTypes: options.kubeletPreferredAddressTypes,
    allowLoopback: options.allowLoopbackTargets,
  });
}
