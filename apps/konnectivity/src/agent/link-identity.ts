import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { readCaBundle, readKeyPair } from '@hawser/tls-files';

/** With what one link is made: what it trusts, and who the agent is. */
export interface LinkIdentity {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  /** Differs whenever the agent's own certificate, key or token do. */
  readonly fingerprint: string;
}

export interface LinkIdentityFiles {
  readonly caFile: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly tokenFile?: string;
}

/** A file is missing or of no use as yet: whoever makes it may not have come to that. */
export class IdentityNotReadyError extends Error {
  override name = 'IdentityNotReadyError';
}

/** The files that a link rests on. */
export class LinkIdentityReader {
  #last: LinkIdentity | undefined;

  constructor(private readonly files: LinkIdentityFiles) {}

  /**
   * Reads the files anew.
   * @throws IdentityNotReadyError where one is missing, or certificate and key do not fit, as between the writing of
   *   one and of the other.
   */
  read(): LinkIdentity {
    const { caFile, certFile, keyFile, tokenFile } = this.files;
    const ca = readText(caFile);
    const own = {
      ...(certFile === undefined ? {} : { cert: readText(certFile) }),
      ...(keyFile === undefined ? {} : { key: readText(keyFile) }),
      ...(tokenFile === undefined ? {} : { token: readToken(tokenFile) }),
    };
    const fingerprint = createHash('sha256').update(JSON.stringify(own)).digest('hex');
    if (this.#last?.fingerprint === fingerprint && this.#last.ca === ca) return this.#last;
    checkFit({ ca, ...own }, this.files);
    this.#last = { ca, ...own, fingerprint };
    return this.#last;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new IdentityNotReadyError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function readToken(file: string): string {
  const token = readText(file).trim();
  if (token === '') throw new IdentityNotReadyError(`${file} is empty`);
  return token;
}

function checkFit(pair: { ca: string; cert?: string; key?: string }, files: LinkIdentityFiles): void {
  try {
    readCaBundle(pair.ca);
    if (pair.cert !== undefined && pair.key !== undefined) readKeyPair(pair.cert, pair.key);
    createSecureContext({ ca: pair.ca, cert: pair.cert, key: pair.key });
  } catch (cause) {
    const names = [files.caFile, files.certFile, files.keyFile].filter((name) => name !== undefined);
    const why = (cause as Error).message;
    throw new IdentityNotReadyError(`${[...new Set(names)].join(', ')}: no usable certificates: ${why}`, {
      cause,
    });
  }
}
