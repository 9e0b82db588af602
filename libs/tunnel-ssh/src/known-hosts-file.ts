import { readFileSync, statSync } from 'node:fs';
import type { Logger } from '@hawser/observability';
import { KnownHosts } from './known-hosts.ts';

/** A known_hosts file that is read again when it changes. */
export class KnownHostsFile {
  readonly #path: string;
  readonly #logger: Logger;
  #version: string;
  #current: KnownHosts;

  /** @throws Error when the file cannot be read: at start that is a mistake, and later the last that was read counts. */
  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
    this.#version = versionOf(path);
    this.#current = this.#read();
  }

  get current(): KnownHosts {
    return this.#current;
  }

  /** Reads the file if it has changed. @returns whether it has. */
  refresh(): boolean {
    let version: string;
    try {
      version = versionOf(this.#path);
      if (version === this.#version) return false;
      this.#current = this.#read();
    } catch (error) {
      version = `${error}`;
      if (version !== this.#version)
        this.#logger.error({ error, path: this.#path }, 'known_hosts cannot be read, the last one counts');
      this.#version = version;
      return false;
    }
    this.#version = version;
    return true;
  }

  #read(): KnownHosts {
    const hosts = KnownHosts.parse(readFileSync(this.#path, 'utf8'));
    for (const { line, reason } of hosts.faults)
      this.#logger.warn({ path: this.#path, line, reason }, 'a line of known_hosts is passed over');
    return hosts;
  }
}

function versionOf(path: string): string {
  const { mtimeMs, ctimeMs, size, ino } = statSync(path);
  return [mtimeMs, ctimeMs, size, ino].join();
}
