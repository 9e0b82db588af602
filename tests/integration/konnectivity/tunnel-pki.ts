import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyFiles } from '@hawser/config';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  encodePrivateKey,
  generateKeyPair,
  signCertificate,
} from '@hawser/pki';
import { writeFileAtomic } from '@hawser/runtime';

const HOUR_MS = 3_600_000;
const period = () => ({ notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + HOUR_MS) });

/** The certificates of Konnectivity without a cluster: an authority for servers and the hub, one for agents. */
export class TunnelPki {
  readonly #directory: string;
  readonly #servers = createCertificateAuthority({ subject: { commonName: 'servers' }, ...period() });
  readonly #agents = createCertificateAuthority({ subject: { commonName: 'agents' }, ...period() });

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
    writeFileSync(this.serverCa, this.#servers.certificatePem);
    writeFileSync(this.agentCa, this.#agents.certificatePem);
  }

  get serverCa(): string {
    return join(this.#directory, 'servers.crt');
  }

  get agentCa(): string {
    return join(this.#directory, 'agents.crt');
  }

  /** @param ipAddresses that the certificate is for. @param ca of another, to be refused. */
  server(name: string, ipAddresses: string[], ca = this.#servers): KeyFiles {
    const { certificate, key } = this.#make(ca, name, 'server auth', ipAddresses);
    return this.#write(name, certificate, key);
  }

  /** The hub's, for front ends. */
  hub(): KeyFiles {
    const { certificate, key } = this.#make(this.#servers, 'kube-apiserver', 'client auth');
    return this.#write('hub', certificate, key);
  }

  /** Writes an agent's certificate and key into one file, whole at any time; again, and both are new. */
  writeAgent(file: string, commonName: string): void {
    const { certificate, key } = this.#make(this.#agents, commonName, 'client auth');
    writeFileAtomic(file, `${certificate}${key}`, 0o600);
  }

  #make(
    ca: CertificateAuthority,
    commonName: string,
    usage: 'server auth' | 'client auth',
    ipAddresses: string[] = [],
  ) {
    const keyPair = generateKeyPair('ecdsa-p256');
    const certificate = signCertificate({
      ca,
      publicKey: keyPair.publicKey,
      subject: { commonName },
      sans: { ipAddresses },
      usages: ['digital signature', usage],
      ...period(),
    });
    return { certificate, key: encodePrivateKey(keyPair) };
  }

  #write(name: string, certificate: string, key: string): KeyFiles {
    const files = {
      certificate: join(this.#directory, `${name}.crt`),
      key: join(this.#directory, `${name}.key`),
    };
    writeFileSync(files.certificate, certificate);
    writeFileSync(files.key, key, { mode: 0o600 });
    return files;
  }
}
