import { createConnection, type Socket } from 'node:net';
import { type ListeningSocket, listeningSockets, socketInodes } from './listening-sockets.ts';

/**
 * Connects to a TCP port on which one of these processes listens. All pods share the node's network, so that a port
 * alone would reach whatever else runs on the machine: the hub, the kubelet, another pod.
 * @returns a connection that ends by halves.
 * @throws Error in upstream's words when none of them listens there.
 */
export async function connectPort(
  pids: readonly number[],
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const sockets = listeningSockets().filter((socket) => socket.port === port);
  const inodes = sockets.length === 0 ? new Set<string>() : socketInodes(pids);
  const target = sockets.find((socket) => inodes.has(socket.inode) && !isShadowed(socket, sockets, inodes));
  if (target === undefined)
    throw new Error(
      `failed to connect to localhost:${port}: dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
  return await connect(target, signal);
}

/** Whether somebody else listens at the same address, and might get the connection. */
function isShadowed(
  { address }: ListeningSocket,
  sockets: readonly ListeningSocket[],
  inodes: ReadonlySet<string>,
): boolean {
  return sockets.some((other) => other.address === address && !inodes.has(other.inode));
}

function connect({ address, port }: ListeningSocket, signal: AbortSignal): Promise<Socket> {
  const socket = createConnection({ host: address, port, allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    const abort = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    const settle = () => signal.removeEventListener('abort', abort);
    socket.once('error', (error) => {
      settle();
      reject(
        new Error(`failed to connect to localhost:${port}: dial tcp ${address}:${port}: ${error.message}`),
      );
    });
    socket.once('connect', () => {
      settle();
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
