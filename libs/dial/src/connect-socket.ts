import net, { type IpcNetConnectOpts, type Socket, type TcpNetConnectOpts } from 'node:net';

/**
 * Streams may be silent for hours: after so long the kernel asks whether the peer is still there, ten times in as many
 * seconds, and one that is not is noticed within twenty.
 */
const KEEP_ALIVE_MS = 10_000;

/**
 * Connects to a port or a unix socket.
 * @param allowHalfOpen whether each half ends by itself.
 * @throws Error of the system, or the signal's reason.
 */
export function connectSocket(
  where: Pick<TcpNetConnectOpts, 'host' | 'port'> | Pick<IpcNetConnectOpts, 'path'>,
  { allowHalfOpen, signal }: { readonly allowHalfOpen: boolean; readonly signal: AbortSignal },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = net.connect({
      ...where,
      allowHalfOpen,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    const settle = () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', fail);
    };
    const fail = (error: Error) => {
      settle();
      socket.on('error', () => {}).destroy();
      reject(error);
    };
    const onAbort = () => fail(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', fail).once('connect', () => {
      settle();
      // An error that nobody listens to would end the process; whoever uses the stream sees it closed.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}
