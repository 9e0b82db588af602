import { list, message, one } from '@hawser/api';

/**
 * EgressSelectorConfiguration of apiserver.k8s.io/v1beta1 and v1alpha1, which are alike
 * (apiserver/pkg/apis/apiserver/v1beta1/types.go). A file and never an object: the numbers are only its order.
 */

const TLSConfig = message(
  'apiserver.k8s.io.TLSConfig',
  'With what the hub and the Konnectivity server prove who they are.',
  {
    caBundle: one('string', 1, 'The file of the CAs of which one must vouch for the server.'),
    clientKey: one('string', 2, "The file of the hub's private key."),
    clientCert: one('string', 3, "The file of the hub's certificate."),
    tlsServerName: one(
      'string',
      4,
      "Whom the server's certificate must be for, where that is not the URL's host.",
    ),
  },
);

const TCPTransport = message(
  'apiserver.k8s.io.TCPTransport',
  'A Konnectivity server that is reached over TCP.',
  {
    url: one('string', 1, 'Where it is, such as https://127.0.0.1:8131.'),
    tlsConfig: one(TLSConfig, 2, ''),
  },
);

const UDSTransport = message('apiserver.k8s.io.UDSTransport', 'A Konnectivity server on the same machine.', {
  udsName: one('string', 1, "Its unix socket's path."),
});

const Transport = message('apiserver.k8s.io.Transport', 'How the Konnectivity server is reached.', {
  tcp: one(TCPTransport, 1, ''),
  uds: one(UDSTransport, 2, ''),
});

const Connection = message('apiserver.k8s.io.Connection', 'How connections of one kind are made.', {
  proxyProtocol: one('string', 1, 'Direct, HTTPConnect or GRPC.'),
  transport: one(Transport, 2, ''),
});

const EgressSelection = message('apiserver.k8s.io.EgressSelection', 'One kind of connections.', {
  name: one('string', 1, 'cluster, controlplane or etcd.', { required: true }),
  connection: one(Connection, 2, '', { required: true }),
});

export const EgressSelectorConfigurationSchema = message(
  'apiserver.k8s.io.EgressSelectorConfiguration',
  'How the hub makes connections of its own.',
  { egressSelections: list(EgressSelection, 1, '', { required: true }) },
);

export interface TLSConfig {
  readonly caBundle?: string;
  readonly clientKey?: string;
  readonly clientCert?: string;
  readonly tlsServerName?: string;
}

export interface Transport {
  readonly tcp?: { readonly url?: string; readonly tlsConfig?: TLSConfig };
  readonly uds?: { readonly udsName?: string };
}

export interface Connection {
  readonly proxyProtocol?: string;
  readonly transport?: Transport;
}

export interface EgressSelection {
  readonly name?: string;
  readonly connection?: Connection;
}

export interface EgressSelectorConfiguration {
  readonly egressSelections?: readonly EgressSelection[];
}
