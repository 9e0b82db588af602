import { join } from 'node:path';

/** A certificate and its private key, as two PEM files. */
export interface KeyFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority: what signs, and who is trusted. They differ while one CA takes another's place. */
export interface AuthorityFiles extends KeyFiles {
  /** All CAs that are trusted, the one that signs among them: what services and clients verify by. */
  readonly bundle: string;
  /** The one that is to sign next. */
  readonly next: KeyFiles;
  /** The one that has signed before, as long as it is trusted. */
  readonly previous: KeyFiles;
}

const keyFiles = (base: string): KeyFiles => ({ certificate: `${base}.crt`, key: `${base}.key` });

const authorityFiles = (base: string): AuthorityFiles => ({
  ...keyFiles(base),
  bundle: `${base}-bundle.crt`,
  next: keyFiles(`${base}-next`),
  previous: keyFiles(`${base}-previous`),
});

/**
 * Where everything lies under the state directory: `hawser init` writes these files, the services' flags name
 * them. Users script against the names, so they do not change.
 */
export function homeLayout(home: string) {
  const pki = join(home, 'pki');
  const natsPki = join(pki, 'nats');
  const konnectivityPki = join(pki, 'konnectivity');
  const konnectivity = join(home, 'konnectivity');
  const hub = join(home, 'hub');
  const nats = join(home, 'nats');
  return {
    home,
    adminKubeconfig: join(home, 'admin.kubeconfig'),
    kubeconfigs: {
      superAdmin: join(home, 'kubeconfigs/super-admin.kubeconfig'),
      controllerManager: join(home, 'kubeconfigs/controller-manager.kubeconfig'),
      scheduler: join(home, 'kubeconfigs/scheduler.kubeconfig'),
      konnectivityServer: join(home, 'kubeconfigs/konnectivity-server.kubeconfig'),
    },
    pki: {
      ca: authorityFiles(join(pki, 'ca')),
      apiserver: keyFiles(join(pki, 'apiserver')),
      apiserverKubeletClient: keyFiles(join(pki, 'apiserver-kubelet-client')),
      serviceAccount: { publicKey: join(pki, 'sa.pub'), key: join(pki, 'sa.key') },
    },
    natsPki: {
      ca: authorityFiles(join(natsPki, 'ca')),
      server: keyFiles(join(natsPki, 'server')),
      apiserver: keyFiles(join(natsPki, 'apiserver')),
      auditReader: keyFiles(join(natsPki, 'audit-reader')),
      eventsReader: keyFiles(join(natsPki, 'events-reader')),
      konnectivityServer: keyFiles(join(natsPki, 'konnectivity-server')),
      controllerManager: keyFiles(join(natsPki, 'controller-manager')),
      /** Where each node has a pair of its own. */
      nodes: join(natsPki, 'nodes'),
    },
    konnectivityPki: {
      ca: authorityFiles(join(konnectivityPki, 'ca')),
      /** Shown to the hub and to agents alike. */
      server: keyFiles(join(konnectivityPki, 'server')),
      /** The hub's, for the front end. */
      apiserver: keyFiles(join(konnectivityPki, 'apiserver')),
    },
    konnectivity: {
      directory: konnectivity,
      egressSelectorConfiguration: join(konnectivity, 'egress-selector-configuration.yaml'),
    },
    /** Where the controller manager's events wait. */
    controllerManager: { directory: join(home, 'controller-manager') },
    hub: {
      directory: hub,
      manifests: join(hub, 'manifests'),
      encryptionConfig: join(hub, 'encryption-config.yaml'),
      /** With which the hub logs in to nodes. */
      sshKey: join(hub, 'ssh/id_ed25519'),
    },
    nats: { directory: nats, config: join(nats, 'nats-server.conf'), store: join(nats, 'jetstream') },
    nodes: join(home, 'nodes'),
    logs: join(home, 'logs'),
  };
}

export type HomeLayout = ReturnType<typeof homeLayout>;

/** What a node keeps, all in one directory. */
export function nodeLayout(home: string, name: string) {
  const directory = join(home, 'nodes', name);
  return {
    directory,
    pki: join(directory, 'pki'),
    /** The kubelet's certificate and key, in one file; the node's Konnectivity agent shows it too. */
    clientCertificate: join(directory, 'pki/kubelet-client-current.pem'),
    bootstrapKubeconfig: join(directory, 'bootstrap.kubeconfig'),
    kubeconfig: join(directory, 'kubelet.kubeconfig'),
    /** Of a development node's own sshd. */
    ssh: {
      directory: join(directory, 'ssh'),
      hostKey: join(directory, 'ssh/ssh_host_ed25519_key'),
      hostPublicKey: join(directory, 'ssh/ssh_host_ed25519_key.pub'),
      config: join(directory, 'ssh/sshd_config'),
      authorizedKeys: join(directory, 'ssh/authorized_keys'),
      passwd: join(directory, 'ssh/passwd'),
    },
    /** With which its kubelet publishes audit events; besides the server's CA all that the node needs for that. */
    natsClient: keyFiles(join(homeLayout(home).natsPki.nodes, name)),
  };
}
