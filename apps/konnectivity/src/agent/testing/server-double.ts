import type { ServerConnection } from '../../link/server-connection.ts';
import type { LinkIdentity } from '../link-identity.ts';

/** A stand-in for a link, whose end the test decides. */
export class ServerConnectionDouble implements ServerConnection {
  readonly #closed = Promise.withResolvers<Error | undefined>();
  readonly #goingAway = Promise.withResolvers<void>();
  tunnels = 0;
  isDraining = false;
  isClosed = false;

  constructor(
    readonly serverID: string,
    readonly serverCount = 1,
  ) {}

  get closed(): Promise<Error | undefined> {
    return this.#closed.promise;
  }

  get goingAway(): Promise<void> {
    return this.#goingAway.promise;
  }

  goAway(): void {
    this.#goingAway.resolve();
  }

  drain(): void {
    this.isDraining = true;
  }

  close(error?: Error): void {
    this.isClosed = true;
    this.#closed.resolve(error);
  }
}

/** An identity that differs from others by its name. */
export function identityNamed(name: string): LinkIdentity {
  return { ca: 'ca', cert: name, key: name, fingerprint: name };
}

/** Lets promises that are settled have their say. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
