import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readTlsFiles, type TlsFiles, type TlsMaterial } from '@hawser/http';
import type { Logger } from '@hawser/observability';
import { type Clock, sleep } from '@hawser/runtime';

export interface TlsFilesWatchOptions {
  readonly files: TlsFiles;
  /** Takes what is new; throws when it cannot be used. */
  readonly onChange: (material: TlsMaterial) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const CHECK_MS = 5_000;

/** A certificate, its key and the CA of clients on disk, which others renew while the server runs. */
export class TlsFilesWatch {
  readonly #options: Omit<TlsFilesWatchOptions, 'onChange'>;
  #material: TlsMaterial;
  #complained = '';

  /** @throws when the files cannot be read, or the key is another certificate's. */
  constructor(options: Omit<TlsFilesWatchOptions, 'onChange'>) {
    this.#options = options;
    this.#material = readChecked(options.files);
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /** Looks at the files now and then, until the signal aborts. What cannot be used changes nothing. */
  async run(onChange: (material: TlsMaterial) => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await sleep(CHECK_MS, signal, clock).catch(() => {});
      if (!signal.aborted) this.#look(onChange);
    }
  }

  #look(onChange: (material: TlsMaterial) => void): void {
    const { files, logger } = this.#options;
    const { certFile } = files;
    try {
      const material = readChecked(files);
      if (isSame(material, this.#material)) return;
      onChange(material);
      this.#material = material;
      this.#complained = '';
      logger.info({ certFile }, 'certificates reloaded');
    } catch (error) {
      // Two files cannot be changed at once: the next look may find what is whole.
      const { message } = error as Error;
      if (message !== this.#complained)
        logger.warn({ error, certFile }, 'certificates could not be reloaded, the old ones stay');
      this.#complained = message;
    }
  }
}

function readChecked(files: TlsFiles): TlsMaterial {
  const material = readTlsFiles(files);
  if (!new X509Certificate(material.cert).checkPrivateKey(createPrivateKey(material.key)))
    throw new Error(`${files.keyFile} is not the key of ${files.certFile}`);
  if (material.clientCa !== undefined) new X509Certificate(material.clientCa);
  return material;
}

function isSame(a: TlsMaterial, b: TlsMaterial): boolean {
  return (['cert', 'key', 'clientCa'] as const).every((name) => String(a[name]) === String(b[name]));
}
