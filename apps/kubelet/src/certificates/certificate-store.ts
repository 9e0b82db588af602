import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
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

/** Upstream keeps all; a node that renews every few hours would fill its disk with keys. */
const KEPT_FILES = 3;
const STAMP = /-(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)-(\d\d)\.pem$/;

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
      return readStored(this.currentPath);
    } catch {
      return undefined;
    }
  }

  /**
   * Puts the latest of those that were in use before in the place of one that is torn, if it is still good.
   * @returns it; undefined where there is none, or where nothing is wrong.
   */
  restore(): StoredCertificate | undefined {
    if (this.current() !== undefined || this.#currentKind() === undefined) return undefined;
    for (const file of this.#files().reverse()) {
      try {
        const stored = readStored(join(this.#directory, file));
        if (stored.certificate.notAfter <= this.#clock.now()) continue;
        this.#use(file);
        return stored;
      } catch {
        // Torn as well.
      }
    }
    return undefined;
  }

  /** Puts a certificate and its key in use. The key that waited for it is waiting no more. */
  update(certificatePem: string, keyPair: KeyPair): StoredCertificate {
    const stamp = this.#clock.now().toISOString().slice(0, 19).replace(/[T:]/g, '-');
    const file = join(this.#directory, `${this.#name}-${stamp}.pem`);
    writeFileAtomic(file, `${certificatePem.trimEnd()}\n${encodePrivateKey(keyPair)}`, 0o600);
    this.#use(basename(file));
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

  /** A file that somebody has put in the link's place is kept beside it. */
  #use(file: string): void {
    if (this.#currentKind() === 'file') renameSync(this.currentPath, `${this.currentPath}.bak`);
    const link = `${this.currentPath}.tmp`;
    rmSync(link, { force: true });
    symlinkSync(file, link);
    renameSync(link, this.currentPath);
  }

  #currentKind(): 'link' | 'file' | undefined {
    const found = lstatSync(this.currentPath, { throwIfNoEntry: false });
    return found && (found.isSymbolicLink() ? 'link' : 'file');
  }

  /** The oldest first. */
  #files(): string[] {
    const pattern = new RegExp(`^${this.#name}-\\d{4}-.*\\.pem$`);
    return readdirSync(this.#directory)
      .filter((file) => pattern.test(file))
      .sort();
  }

  #removeOldFiles(): void {
    for (const file of this.#files().slice(0, -KEPT_FILES)) rmSync(join(this.#directory, file));
  }
}

/** @throws Error for what is no certificate with its key. */
function readStored(path: string): StoredCertificate {
  const pem = readFileSync(path, 'utf8');
  const certificate = parseCertificate(pem);
  if (!matchesKey(certificate, loadKeyPair(pem)))
    throw new Error(`${path}: the key is another certificate's`);
  return { pem, certificate, issuedAt: storedAt(realpathSync(path)) };
}

/** By the file's name; its date where that says nothing. */
function storedAt(file: string): Date {
  const [, day, hours, minutes, seconds] = STAMP.exec(file) ?? [];
  return day === undefined ? statSync(file).mtime : new Date(`${day}T${hours}:${minutes}:${seconds}Z`);
}
