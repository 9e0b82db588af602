import { createHash } from 'node:crypto';
import { ReloadingFiles, type ReloadSurroundings, readCaBundle, readKeyPair } from '@hawser/tls-files';

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

/** The files that a link rests on. What was whole once goes on until there is something whole again. */
export class LinkIdentityReader {
  #identity: ReloadingFiles<LinkIdentity> | undefined;

  constructor(
    private readonly files: LinkIdentityFiles,
    private readonly surroundings: ReloadSurroundings,
  ) {}

  /**
   * Looks at the files.
   * @throws IdentityNotReadyError where one is missing from the beginning, or certificate and key do not fit, as between
   *   the writing of one and of the other.
   */
  read(): LinkIdentity {
    if (this.#identity === undefined) this.#identity = this.#open();
    else this.#identity.look();
    return this.#identity.current;
  }

  #open(): ReloadingFiles<LinkIdentity> {
    const { caFile, certFile, keyFile, tokenFile } = this.files;
    const own = [certFile, keyFile, tokenFile];
    const paths = [caFile, ...own].filter((path) => path !== undefined);
    const parse = (ca = '', ...texts: string[]) => {
      const [cert, key, token] = own.map((path) => (path === undefined ? undefined : texts.shift()));
      return identityOf(ca, { cert, key, token });
    };
    try {
      return new ReloadingFiles({ ...this.surroundings, name: 'agent', paths, parse });
    } catch (cause) {
      throw new IdentityNotReadyError((cause as Error).message, { cause });
    }
  }
}

interface OwnTexts {
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

function identityOf(ca: string, { cert, key, token }: OwnTexts): LinkIdentity {
  const own = {
    ...(cert === undefined || key === undefined ? {} : readKeyPair(cert, key)),
    ...(token === undefined ? {} : { token: readToken(token) }),
  };
  const fingerprint = createHash('sha256').update(JSON.stringify(own)).digest('hex');
  return { ca: readCaBundle(ca), ...own, fingerprint };
}

function readToken(text: string): string {
  const token = text.trim();
  if (token === '') throw new Error('the token is empty');
  return token;
}
