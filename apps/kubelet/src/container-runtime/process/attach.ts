import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ContainerStreams } from '../container-runtime.ts';
import { ContainerNotFoundError } from '../errors.ts';
import { carryStreams } from './carry-streams.ts';
import { encodeFrame } from './channel-frame.ts';

/**
 * Joins the streams to a container, by the socket of its shim, until it has ended.
 * @param directory the container's directory of state.
 * @throws ContainerNotFoundError when it has ended, the signal's reason when that aborts.
 */
export async function attachToContainer(
  id: string,
  directory: string,
  streams: ContainerStreams,
): Promise<void> {
  streams.signal?.throwIfAborted();
  const socket = await connect(join(directory, 'attach.sock')).catch((cause: Error) => {
    throw Object.assign(new ContainerNotFoundError(id), { cause });
  });
  socket.write(encodeFrame('H', Buffer.from(streams.stdin === undefined ? '-' : 'in')));
  const exitCode = await carryStreams({ socket, head: Buffer.alloc(0) }, streams);
  // It ended before it saw who came; its log has all of it.
  if (exitCode === undefined) throw new ContainerNotFoundError(id);
}

function connect(path: string): Promise<Socket> {
  const socket = createConnection({ path, allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
