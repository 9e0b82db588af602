import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Certificate,
  encodePrivateKey,
  generateKeyPair,
  type KeyPair,
  loadKeyPair,
  matchesKey,
  parseCertificate,
} from '@hawser/pki';
import { type Clock, systemClock, writeFileAtomic } from '@hawser/runtime';

/** A certificate in use. */
export interface StoredCertificate {
  /** The certificate and its key, one after the other. */
  readonly pem: string;
  readonly certificate: Certificate;
  /** When it was stored here. A signer may backdate `notBefore`, so that says little about its age. */
  readonly issuedAt: Date;
}

const KEPT_FILES = 3;

/**
 * The certificates of one purpose in `--cert-dir`, laid out as upstream's kubelet does: each in a file
 * `NAME-2026-01-02-03-04-05.pem` together with its key, the one in use under `NAME-current.pem`, a symlink; and
 * `NAME.key.tmp`, the key for which a certificate has been asked. All are for their owner only, and each step is
 * atomic, so that a kubelet that is killed anywhere goes on with what it had.
 */
export class CertificateStore {
  readonly #directory: string;
  readonly #name: string;
  readonly #clock: Clock;

  constructor(directory: string, name: string, clock: Clock = systemClock) {
    this.#directory = directory;
    this.#name = name;
    this.#clock = clock;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  get currentPath(): string {
    return join(this.#directory, `${this.#name}-current.pem`);
  }

  /** The certificate in use; undefined when there is none, or what is there is no certificate with its key. */
  current(): StoredCertificate | undefined {
    try {
      const pem = readFileSync(this.currentPath, 'utf8');
      const certificate = parseCertificate(pem);
      if (!matchesKey(certificate, loadKeyPair(pem))) return undefined;
      return { pem, certificate, issuedAt: statSync(this.currentPath).mtime };
    } catch {
      return undefined;
    }
  }

  /** Puts a certificate and its key in use. The key that waited for it is waiting no more. */
  update(certificatePem: string, keyPair: KeyPair): StoredCertificate {
    const stamp = this.#clock.now().toISOString().slice(0, 19).replace(/[T:]/g, '-');
    const file = join(this.#directory, `${this.#name}-${stamp}.pem`);
    writeFileAtomic(file, `${certificatePem.trimEnd()}\n${encodePrivateKey(keyPair)}`, 0o600);
    const link = `${this.currentPath}.tmp`;
    rmSync(link, { force: true });
    symlinkSync(basename(file), link);
    renameSync(link, this.currentPath);
    this.discardPendingKey();
    this.#removeOldFiles();
    return this.current()!;
  }

  /** The key for which a certificate is being asked; made and written down if there is none. */
  pendingKey(): KeyPair {
    try {
      return loadKeyPair(readFileSync(this.#pendingKeyPath, 'utf8'));
    } catch {
      const keyPair = generateKeyPair('ecdsa-p256');
      writeFileAtomic(this.#pendingKeyPath, encodePrivateKey(keyPair), 0o600);
      return keyPair;
    }
  }

  discardPendingKey(): void {
    rmSync(this.#pendingKeyPath, { force: true });
  }

  get #pendingKeyPath(): string {
    return join(this.#directory, `${this.#name}.key.tmp`);
  }

  #removeOldFiles(): void {
    const pattern = new RegExp(`^${this.#name}-\\d{4}-.*\\.pem$`);
    const files = readdirSync(this.#directory).filter((file) => pattern.test(file));
    for (const file of files.sort().slice(0, -KEPT_FILES)) rmSync(join(this.#directory, file));
  }
}
