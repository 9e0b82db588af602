import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { closeServer, type Port, trackConnections } from './port.ts';

export interface UnixPortOptions {
  readonly path: string;
  /** Whether a socket that is there already is taken away first. */
  readonly deleteExisting: boolean;
  readonly onConnection: (socket: Socket) => void;
}

/** Only whom the server runs as may connect: on a unix socket nothing else says who somebody is. */
const MODE = 0o600;

/**
 * Listens on a unix socket that is its owner's alone from the first moment on.
 * @throws Error when something else than a socket is in its place.
 */
export function listenUnixPort({ path, deleteExisting, onConnection }: UnixPortOptions): Promise<Port> {
  if (deleteExisting) removeSocket(path);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  const sockets = trackConnections(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const umask = process.umask(0o777 & ~MODE);
    try {
      server.listen(path, () => {
        server.off('error', reject);
        chmodSync(path, MODE);
        const dispose = async () => {
          await closeServer(server, sockets);
          rmSync(path, { force: true });
        };
        resolve({ port: 0, [Symbol.asyncDispose]: dispose });
      });
    } finally {
      process.umask(umask);
    }
  });
}

function removeSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} is there already, and is no socket`);
  rmSync(path);
}
