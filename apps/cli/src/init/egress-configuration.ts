import type { HomeLayout } from '@hawser/config';
import { stringify } from 'yaml';
import { writeIfDifferent } from './write-if-different.ts';

/** The hub's way to nodes, pods and services through the Konnectivity server on this machine, over mTLS. */
export function writeEgressConfiguration(layout: HomeLayout, frontEndPort: number): void {
  const { konnectivityPki, konnectivity } = layout;
  const { certificate: clientCert, key: clientKey } = konnectivityPki.apiserver;
  const configuration = {
    apiVersion: 'apiserver.k8s.io/v1beta1',
    kind: 'EgressSelectorConfiguration',
    egressSelections: [
      {
        name: 'cluster',
        connection: {
          proxyProtocol: 'HTTPConnect',
          transport: {
            tcp: {
              url: `https://127.0.0.1:${frontEndPort}`,
              tlsConfig: { caBundle: konnectivityPki.ca.bundle, clientKey, clientCert },
            },
          },
        },
      },
    ],
  };
  writeIfDifferent(konnectivity.egressSelectorConfiguration, stringify(configuration));
}
