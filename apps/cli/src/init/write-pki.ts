import {
  AUDIT_READER_CLIENT,
  CONTROLLER_MANAGER_CLIENT,
  EVENTS_READER_CLIENT,
  KONNECTIVITY_SERVER_CLIENT,
  kubeletClient,
  PUBLISHER_CLIENT,
} from '@hawser/audit-nats';
import { type HomeLayout, type KeyFiles, nodeLayout } from '@hawser/config';
import { type CertificateAuthority, encodePublicKey, type SubjectAlternativeNamesInput } from '@hawser/pki';
import { ensureAuthority, ensureCertificate, type TrustedAuthority } from './certificate-files.ts';
import { ensureKey } from './key-file.ts';
import { writeIfDifferent } from './write-if-different.ts';

export const CLUSTER_CA_NAME = 'kubernetes';
export const KONNECTIVITY_CA_NAME = 'hawser-konnectivity-ca';
export const NATS_CA_NAME = 'hawser-nats-ca';

/** The cluster's authority, the hub's two certificates, and the key that signs service account tokens. */
export function writeClusterPki(
  { pki }: HomeLayout,
  names: SubjectAlternativeNamesInput,
  now: Date,
): TrustedAuthority {
  const trusted = ensureAuthority(pki.ca, CLUSTER_CA_NAME, now);
  const { ca } = trusted;
  ensureCertificate(
    pki.apiserver,
    ca,
    { subject: { commonName: 'kube-apiserver' }, sans: names, usages: ['digital signature', 'server auth'] },
    now,
  );
  ensureCertificate(
    pki.apiserverKubeletClient,
    ca,
    {
      // Not system:masters, as upstream's installer had it: the hub needs the kubelet API and nothing else.
      subject: { commonName: 'kube-apiserver-kubelet-client', organizations: ['hawser:kubelet-clients'] },
      usages: ['digital signature', 'client auth'],
    },
    now,
  );
  // RSA as kubeadm makes it: relying parties of the tokens' OpenID issuer may know no other (RS256).
  const signer = ensureKey(pki.serviceAccount.key, 'rsa-2048');
  writeIfDifferent(pki.serviceAccount.publicKey, encodePublicKey(signer.publicKey));
  return trusted;
}

/**
 * Konnectivity has an authority of its own: whoever can open the front end can be carried to every node, and no
 * cluster certificate, as nodes and users have them, may do that.
 * @param names at which the hub reaches the server, and agents do.
 */
export function writeKonnectivityPki(
  { konnectivityPki }: HomeLayout,
  names: SubjectAlternativeNamesInput,
  now: Date,
): void {
  const { ca } = ensureAuthority(konnectivityPki.ca, KONNECTIVITY_CA_NAME, now);
  ensureServer(konnectivityPki.server, ca, 'konnectivity-server', names, now);
  ensureClient(konnectivityPki.apiserver, ca, 'kube-apiserver', now);
}

/**
 * NATS has an authority of its own, so that a cluster certificate opens nothing there and the reverse.
 * @param names at which the hub and kubelets reach the server.
 * @param nodes whose kubelets get a client certificate.
 */
export function writeNatsPki(
  { home, natsPki }: HomeLayout,
  names: SubjectAlternativeNamesInput,
  nodes: readonly string[],
  now: Date,
): void {
  const { ca } = ensureAuthority(natsPki.ca, NATS_CA_NAME, now);
  ensureServer(natsPki.server, ca, 'nats-server', names, now);
  const clients: readonly (readonly [KeyFiles, string])[] = [
    [natsPki.apiserver, PUBLISHER_CLIENT],
    [natsPki.auditReader, AUDIT_READER_CLIENT],
    [natsPki.eventsReader, EVENTS_READER_CLIENT],
    [natsPki.konnectivityServer, KONNECTIVITY_SERVER_CLIENT],
    [natsPki.controllerManager, CONTROLLER_MANAGER_CLIENT],
    ...nodes.map((name) => [nodeLayout(home, name).natsClient, kubeletClient(name)] as const),
  ];
  for (const [files, commonName] of clients) ensureClient(files, ca, commonName, now);
}

function ensureServer(
  files: KeyFiles,
  ca: CertificateAuthority,
  commonName: string,
  sans: SubjectAlternativeNamesInput,
  now: Date,
): void {
  ensureCertificate(
    files,
    ca,
    { subject: { commonName }, sans, usages: ['digital signature', 'server auth'] },
    now,
  );
}

function ensureClient(files: KeyFiles, ca: CertificateAuthority, commonName: string, now: Date): void {
  ensureCertificate(
    files,
    ca,
    { subject: { commonName }, usages: ['digital signature', 'client auth'] },
    now,
  );
}
