import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Argv } from '../services.ts';
import { pipeSockets } from './pipe-sockets.ts';

/**
 * Brings ports of the hub's host to 127.0.0.1 of this machine, so that those who are not on its network reach it as
 * ever: a process on that host (`command`, the owner's to start there) and listeners in this one, with unix sockets
 * between them, which belong to no network.
 */
export class Relay implements Disposable {
  readonly #servers: Server[] = [];

  /**
   * @param directory for the sockets, made anew: nobody else may look in. Its path is short, that of a unix socket may
   * have 107 bytes.
   */
  constructor(
    readonly ports: readonly number[],
    readonly directory: string,
  ) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { mode: 0o700 });
  }

  /** What is to run on the hub's host. */
  get command(): Argv {
    const script = join(import.meta.dir, 'relay-inside.ts');
    return [process.execPath, script, this.directory, ...this.ports.map(String)];
  }

  /** Listens. @throws when a port is in use. */
  async listen(): Promise<void> {
    for (const port of this.ports) this.#servers.push(await this.#listenOn(port));
  }

  #listenOn(port: number): Promise<Server> {
    const path = join(this.directory, `${port}.sock`);
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      pipeSockets(socket, connect({ path, allowHalfOpen: true })),
    );
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve(server));
    });
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
