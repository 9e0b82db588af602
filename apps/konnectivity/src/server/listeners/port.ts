import type { Server, Socket } from 'node:net';

/** Where a server listens. */
export interface Port extends AsyncDisposable {
  /** The number in use; with port 0 the system chose it. 0 for unix sockets. */
  readonly port: number;
}

/** The connections of a server, so that it can end with them. */
export function trackConnections(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/** Ends a server and what is connected to it. */
export function closeServer(server: Server, sockets: Iterable<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const destroyAll = () => {
      for (const socket of [...sockets]) socket.destroy();
    };
    if (server.listening) server.close(() => resolve());
    else resolve();
    destroyAll();
  });
}
