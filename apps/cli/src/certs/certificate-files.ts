import { existsSync, readFileSync } from 'node:fs';
import { formatKubeconfig, type Kubeconfig, KubeconfigError, parseKubeconfig } from '@hawser/client';
import type { KeyFiles } from '@hawser/config';
import { writeFileAtomic } from '@hawser/runtime';

/** A certificate and its key as PEM texts. */
export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

/** Where a certificate and its key lie: two files, or one kubeconfig. */
export interface CertificateFiles {
  /** The file that has the certificate. */
  readonly path: string;
  exists(): boolean;
  /** The certificate, as PEM. Throws when the file cannot be read, or holds none. */
  readCertificate(): string;
  /** The private key, as PEM. Throws likewise. */
  readKey(): string;
  /**
   * Writes each file whole, so that a reader sees the old or the new one. A key that stays is not written, and then
   * there is no moment in which the files do not belong together; one that is new comes before its certificate.
   */
  write(pair: CertificatePair): void;
}

/** A certificate and its key in files of their own. */
export function pairOf({ certificate, key }: KeyFiles): CertificateFiles {
  return {
    path: certificate,
    exists: () => existsSync(certificate),
    readCertificate: () => readFileSync(certificate, 'utf8'),
    readKey: () => readFileSync(key, 'utf8'),
    write(pair) {
      if (!existsSync(key) || readFileSync(key, 'utf8') !== pair.key) writeFileAtomic(key, pair.key, 0o600);
      writeFileAtomic(certificate, pair.certificate, 0o644);
    },
  };
}

/** A certificate and its key in the kubeconfig of their user; whatever else it says stays. */
export function embeddedIn(path: string): CertificateFiles {
  const load = () => {
    const kubeconfig = parseKubeconfig(readFileSync(path, 'utf8'));
    return { kubeconfig, user: currentUser(kubeconfig) };
  };
  const read = (field: 'client-certificate-data' | 'client-key-data') => {
    const base64 = load().user[field];
    if (!base64) throw new KubeconfigError(`the user of its current context has no ${field}`);
    return decode(base64);
  };
  return {
    path,
    exists: () => existsSync(path),
    readCertificate: () => read('client-certificate-data'),
    readKey: () => read('client-key-data'),
    write({ certificate, key }) {
      const { kubeconfig, user } = load();
      user['client-certificate-data'] = encode(certificate);
      user['client-key-data'] = encode(key);
      writeFileAtomic(path, formatKubeconfig(kubeconfig), 0o600);
    },
  };
}

function currentUser({ contexts, users, 'current-context': current }: Kubeconfig) {
  const context = contexts.find(({ name }) => name === current)?.context;
  const found = users.find(({ name }) => name === context?.user);
  if (!found) throw new KubeconfigError(`its current context ${JSON.stringify(current)} has no user`);
  return found.user;
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
const encode = (text: string): string => Buffer.from(text).toString('base64');
