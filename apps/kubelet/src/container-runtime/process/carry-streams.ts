import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { ContainerStreams } from '../container-runtime.ts';
import { CommandStartError } from '../errors.ts';
import { encodeFrame, readFrames } from './channel-frame.ts';
import { InputSender } from './input-sender.ts';

export interface Channel {
  readonly socket: Socket;
  /** What was read from it already. */
  readonly head: Buffer;
}

export interface CarryEvents {
  /** The ID of the command's process, where the channel is of a command. */
  readonly onPid?: (pid: number) => void;
  /** The input has ended, and the process has taken all of it. */
  readonly onInputTaken?: () => void;
}

/**
 * Carries the streams of a command or a container over a channel (channel.pl) until it has said the exit code, which
 * it does when all output was carried. It reads no faster than the output is taken. The channel is closed then.
 * @returns the exit code; undefined when the channel ended without.
 * @throws CommandStartError when there is no command; the signal's reason when it aborts.
 */
export async function carryStreams(
  { socket, head }: Channel,
  streams: ContainerStreams,
  { onPid, onInputTaken }: CarryEvents = {},
): Promise<number | undefined> {
  const { stdin, stdout, stderr, signal } = streams;
  const gone = () => void socket.destroy();
  // An error of the socket is the end of the channel, which reading it shows.
  socket.on('error', () => {});
  signal?.addEventListener('abort', gone, { once: true });
  using input = stdin && new InputSender(socket, stdin, onInputTaken);
  streams.onResize?.(({ width, height }) => {
    if (!socket.destroyed) socket.write(encodeFrame('R', Buffer.from(`${width} ${height}`)));
  });
  try {
    for await (const { type, data } of readFrames(socket, head)) {
      signal?.throwIfAborted();
      if (type === 'O') await write(stdout, data, signal);
      else if (type === 'E') await write(stderr, data, signal);
      else if (type === 'A') input?.taken(Number(data.toString()));
      else if (type === 'P') onPid?.(Number(data.toString()));
      else if (type === 'F') throw new CommandStartError(data.toString());
      else if (type === 'X') return Number(data.toString());
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof CommandStartError) throw error;
  } finally {
    signal?.removeEventListener('abort', gone);
    streams.onResize?.(() => {});
    socket.destroy();
  }
  signal?.throwIfAborted();
  return undefined;
}

/** Writes, and waits until there is room for more. Whoever does not take it any more gets nothing. */
async function write(
  stream: Writable | undefined,
  data: Buffer,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (stream === undefined || stream.destroyed || stream.writableEnded || stream.write(data)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const proceed = () => resolve();
  const events = ['drain', 'close', 'error'];
  for (const event of events) stream.once(event, proceed);
  signal?.addEventListener('abort', proceed, { once: true });
  await promise;
  for (const event of events) stream.off(event, proceed);
  signal?.removeEventListener('abort', proceed);
}
