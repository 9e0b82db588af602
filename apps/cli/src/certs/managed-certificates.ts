import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type AuthorityFiles, type HomeLayout, homeLayout, type KeyFiles } from '@hawser/config';
import { type CertificateFiles, embeddedIn, pairOf } from './certificate-files.ts';

/** An authority of the state directory; it is looked at and never renewed. */
export interface ManagedAuthority {
  readonly name: string;
  readonly files: KeyFiles;
}

/** A certificate that `hawser init` makes. */
export interface ManagedCertificate {
  readonly name: string;
  /** What it is for, as kubeadm says it. */
  readonly description: string;
  readonly authority: ManagedAuthority;
  readonly files: CertificateFiles;
}

export interface ManagedCertificates {
  readonly certificates: readonly ManagedCertificate[];
  readonly authorities: readonly ManagedAuthority[];
}

/**
 * What there is to look after under a state directory, by name. Kubelets' own are theirs to renew, as kubeadm leaves
 * them.
 */
export function managedCertificates(home: string): ManagedCertificates {
  const layout = homeLayout(home);
  const ca = { name: 'ca', files: layout.pki.ca };
  const konnectivityCa = { name: 'konnectivity-ca', files: layout.konnectivityPki.ca };
  const natsCa = { name: 'nats-ca', files: layout.natsPki.ca };
  const certificates = [
    ...clusterCertificates(layout, ca),
    ...konnectivityCertificates(layout, konnectivityCa),
    ...natsCertificates(layout, natsCa),
  ];
  return {
    certificates: certificates.sort((a, b) => (a.name < b.name ? -1 : 1)),
    authorities: [
      ...withOthers(ca, layout.pki.ca),
      ...withOthers(konnectivityCa, layout.konnectivityPki.ca),
      ...withOthers(natsCa, layout.natsPki.ca),
    ],
  };
}

/** While one authority takes the place of another there are two; each expires in its own time. */
function withOthers(authority: ManagedAuthority, { next, previous }: AuthorityFiles): ManagedAuthority[] {
  const { name } = authority;
  const others = [
    { name: `${name}-next`, files: next },
    { name: `${name}-previous`, files: previous },
  ];
  return [authority, ...others.filter(({ files }) => existsSync(files.certificate))];
}

function clusterCertificates(layout: HomeLayout, authority: ManagedAuthority): ManagedCertificate[] {
  const { pki, adminKubeconfig, kubeconfigs } = layout;
  const users: [string, string][] = [
    [adminKubeconfig, 'the admin to use'],
    [kubeconfigs.superAdmin, 'the super-admin'],
    [kubeconfigs.controllerManager, 'the controller manager to use'],
    [kubeconfigs.scheduler, 'the scheduler to use'],
    [kubeconfigs.konnectivityServer, 'the Konnectivity server to use'],
  ];
  return [
    {
      name: 'apiserver',
      description: 'certificate for serving the Kubernetes API',
      authority,
      files: pairOf(pki.apiserver),
    },
    {
      name: 'apiserver-kubelet-client',
      description: 'certificate for the API server to connect to kubelet',
      authority,
      files: pairOf(pki.apiserverKubeletClient),
    },
    ...users.map(([path, who]) => ({
      name: basename(path),
      description: `certificate embedded in the kubeconfig file for ${who}`,
      authority,
      files: embeddedIn(path),
    })),
  ];
}

function konnectivityCertificates(
  { konnectivityPki }: HomeLayout,
  authority: ManagedAuthority,
): ManagedCertificate[] {
  return [
    {
      name: 'konnectivity-server',
      description: 'certificate for serving the hub and agents of Konnectivity',
      authority,
      files: pairOf(konnectivityPki.server),
    },
    {
      name: 'konnectivity-apiserver',
      description: 'certificate for the API server to connect to Konnectivity',
      authority,
      files: pairOf(konnectivityPki.apiserver),
    },
  ];
}

function natsCertificates({ natsPki }: HomeLayout, authority: ManagedAuthority): ManagedCertificate[] {
  const clients: [string, KeyFiles, string][] = [
    ['apiserver', natsPki.apiserver, 'the API server'],
    ['audit-reader', natsPki.auditReader, 'the reader of the audit trail'],
    ['events-reader', natsPki.eventsReader, 'the reader of events'],
    ['konnectivity-server', natsPki.konnectivityServer, 'the Konnectivity server'],
    ['controller-manager', natsPki.controllerManager, 'the controller manager'],
    ...nodeClients(natsPki.nodes),
  ];
  return [
    {
      name: 'nats-server',
      description: 'certificate for serving NATS',
      authority,
      files: pairOf(natsPki.server),
    },
    ...clients.map(([name, files, who]) => ({
      name: `nats-${name}`,
      description: `certificate for ${who} to connect to NATS`,
      authority,
      files: pairOf(files),
    })),
  ];
}

function nodeClients(directory: string): [string, KeyFiles, string][] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((file) => file.endsWith('.crt'));
  return names.map((file) => {
    const node = basename(file, '.crt');
    const base = join(directory, node);
    return [`node-${node}`, { certificate: `${base}.crt`, key: `${base}.key` }, `the kubelet of ${node}`];
  });
}
