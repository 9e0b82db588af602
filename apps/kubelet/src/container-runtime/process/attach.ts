import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '@hawser/runtime';
import type { ContainerStreams } from '../container-runtime.ts';
import { ContainerNotFoundError } from '../errors.ts';
import { carryStreams } from './carry-streams.ts';
import { encodeFrame } from './channel-frame.ts';

/** A client whose input has ended still gets what the container answers to the last of it. */
const LEAVE_MS = 500;

/**
 * Joins the streams to a container, by the socket of its shim, until it has ended. The end of a client's input is
 * the end of its visit where the container's goes on: so clients detach (containerd's container_io.go).
 * @param directory the container's directory of state.
 * @param keepsInput whether its input outlives a client's.
 * @throws ContainerNotFoundError when it has ended, the signal's reason when that aborts.
 */
export async function attachToContainer(
  id: string,
  directory: string,
  streams: ContainerStreams,
  keepsInput: boolean,
): Promise<void> {
  streams.signal?.throwIfAborted();
  const socket = await connect(join(directory, 'attach.sock')).catch((cause: Error) => {
    throw Object.assign(new ContainerNotFoundError(id), { cause });
  });
  socket.write(encodeFrame('H', Buffer.from(streams.stdin === undefined ? '-' : 'in')));
  let left = false;
  let leaving: Disposable | undefined;
  const leave = () => {
    left = true;
    socket.destroy();
  };
  const onInputTaken = () => {
    leaving ??= systemClock.after(LEAVE_MS, leave);
  };
  const events = keepsInput ? { onInputTaken } : {};
  const exitCode = await carryStreams({ socket, head: Buffer.alloc(0) }, streams, events);
  leaving?.[Symbol.dispose]();
  // It ended before it saw who came; its log has all of it.
  if (exitCode === undefined && !left) throw new ContainerNotFoundError(id);
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
