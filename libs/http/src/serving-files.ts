import { caBundleFile, keyPairFiles, type ReloadingFiles, type ReloadSurroundings } from '@hawser/tls-files';
import type { TlsMaterial } from './tls-listener.ts';

/** Where a server's identity and the CA of its clients lie on disk. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Clients may show a certificate, and it counts when one of these CAs vouches for it. */
  readonly clientCaFile?: string;
}

/**
 * What a server is to serve with, as its files say it. Certificate and key are taken together or not at all; the CA of
 * clients by itself, so that a broken bundle does not keep a certificate from being renewed.
 */
export class ServingFiles {
  readonly #pair: ReloadingFiles<{ readonly cert: string; readonly key: string }>;
  readonly #clientCa: ReloadingFiles<string> | undefined;

  /** @throws Error when the files cannot be read, or the key is another certificate's. */
  constructor(
    { certFile, keyFile, clientCaFile }: TlsFiles,
    surroundings: ReloadSurroundings,
    name = 'serving',
  ) {
    this.#pair = keyPairFiles(certFile, keyFile, name, surroundings);
    this.#clientCa = clientCaFile === undefined ? undefined : clientCaBundle(clientCaFile, surroundings);
  }

  get material(): TlsMaterial {
    return {
      ...this.#pair.current,
      ...(this.#clientCa === undefined ? {} : { clientCa: this.#clientCa.current }),
    };
  }

  /** Hands on what is new until the signal aborts; never rejects. */
  async follow(onChange: (material: TlsMaterial) => void, signal: AbortSignal): Promise<void> {
    let last = this.material;
    const changed = () => {
      const { material } = this;
      // Both may have changed together, and each says so.
      if (material.cert === last.cert && material.key === last.key && material.clientCa === last.clientCa)
        return;
      onChange(material);
      last = material;
    };
    await Promise.all([this.#pair.follow(changed, signal), this.#clientCa?.follow(changed, signal)]);
  }
}

/** The CAs of clients that a file names. @throws Error when there is none in it, or one cannot be read. */
export function clientCaBundle(path: string, surroundings: ReloadSurroundings): ReloadingFiles<string> {
  return caBundleFile(path, 'client-ca', surroundings);
}
