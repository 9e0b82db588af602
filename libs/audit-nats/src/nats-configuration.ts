import {
  AUDIT_READER_CLIENT,
  AUDIT_READER_PERMISSIONS,
  CONTROLLER_MANAGER_CLIENT,
  CONTROLLER_MANAGER_PERMISSIONS,
  EVENTS_READER_CLIENT,
  EVENTS_READER_PERMISSIONS,
  KONNECTIVITY_SERVER_CLIENT,
  KONNECTIVITY_SERVER_PERMISSIONS,
  kubeletClient,
  kubeletPermissions,
  PUBLISHER_CLIENT,
  PUBLISHER_PERMISSIONS,
  type SubjectPermissions,
} from './subject-permissions.ts';

export interface NatsConfigurationInput {
  /** Where it listens; 127.0.0.1 unless told. */
  readonly address?: string;
  readonly port: number;
  /** Where JetStream keeps its files. */
  readonly storeDirectory: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** The authority of the clients' certificates. */
  readonly clientCaFile: string;
  /** Nodes whose kubelets may publish their audit events. */
  readonly nodes?: readonly string[];
}

/**
 * The configuration of nats-server: TLS with client certificates of one authority and nothing else, each known by
 * its subject and allowed what its part needs; JetStream on disk; no monitoring port.
 */
export function natsConfiguration(input: NatsConfigurationInput): string {
  const users = [
    user(PUBLISHER_CLIENT, PUBLISHER_PERMISSIONS),
    user(AUDIT_READER_CLIENT, AUDIT_READER_PERMISSIONS),
    user(EVENTS_READER_CLIENT, EVENTS_READER_PERMISSIONS),
    user(KONNECTIVITY_SERVER_CLIENT, KONNECTIVITY_SERVER_PERMISSIONS),
    user(CONTROLLER_MANAGER_CLIENT, CONTROLLER_MANAGER_PERMISSIONS),
    ...(input.nodes ?? []).map((name) => user(kubeletClient(name), kubeletPermissions(name))),
  ];
  const { address = '127.0.0.1' } = input;
  const host = address.includes(':') ? `[${address}]` : address;
  return `server_name: hawser
listen: ${quote(`${host}:${input.port}`)}
max_payload: 8MB

jetstream {
  store_dir: ${quote(input.storeDirectory)}
}

tls {
  cert_file: ${quote(input.certificateFile)}
  key_file: ${quote(input.keyFile)}
  ca_file: ${quote(input.clientCaFile)}
  # A client without a certificate of this authority is refused; another is the user that its subject names.
  verify_and_map: true
}

authorization {
  users: [
${users.join(',\n')}
  ]
}
`;
}

function user(commonName: string, { publish, subscribe }: SubjectPermissions): string {
  const list = (subjects: readonly string[]) => `[${subjects.map(quote).join(', ')}]`;
  return `    { user: ${quote(`CN=${commonName}`)}, permissions: { publish: ${list(publish)}, subscribe: ${list(subscribe)} } }`;
}

/** nats-server's strings take JSON's escapes. */
const quote = (text: string): string => JSON.stringify(text);
