import type { Duplex, Readable, Writable } from 'node:stream';
import { systemClock } from '@hawser/runtime';
import type { KeepAliveOptions } from '../keep-alive.ts';
import { SpdyConnection } from '../spdy/spdy-connection.ts';
import type { SpdyStream } from '../spdy/spdy-stream.ts';
import { type DialOptions, type DialRequest, dialSpdy } from '../upgrade/dial-spdy.ts';
import type { CommandStatus, RemoteCommandOptions, TerminalSize } from './remote-command-streams.ts';
import { SPDY_VERSIONS } from './spdy-server.ts';

/** The client's side of exec or attach. */
export interface RemoteCommandClient {
  /** Ending it ends the command's stdin. */
  readonly stdin?: Writable;
  readonly stdout?: Readable;
  readonly stderr?: Readable;
  /**
   * How it ended, when the server has said so. Output may still be on its way to its reader then. Rejects when the
   * connection ends before.
   */
  readonly status: Promise<CommandStatus>;
  /** Tells the terminal's size; of no effect where the server cannot take it. */
  resize(size: TerminalSize): void;
  /** Says good-bye; resolves when the connection has ended. */
  close(): Promise<void>;
  /** Ends it at once; the server takes that for the client's being gone. */
  destroy(): void;
}

/** How long a server may take to accept the streams (client-go's `createStreamResponseTimeout`). */
const CREATE_STREAM_MS = 30_000;
/** No Status is longer. */
const MAX_STATUS_BYTES = 1024 * 1024;

/**
 * Runs exec or attach on a server that speaks SPDY, as every kubelet does (client-go's `tools/remotecommand`).
 * @param socket a connection to the server, verified and encrypted already; it is used up.
 * @throws UpgradeFailedError with what the server answered instead of upgrading; Error when it does not answer or does
 * not accept the streams in 30 s each. The connection is ended in either case.
 */
export async function dialRemoteCommand(
  socket: Duplex,
  request: DialRequest,
  options: RemoteCommandOptions & DialOptions & { readonly keepAlive?: KeepAliveOptions },
): Promise<RemoteCommandClient> {
  const { clock = systemClock, keepAlive, signal } = options;
  const { protocol, head } = await dialSpdy(socket, request, [...SPDY_VERSIONS.keys()], options);
  const spdyOptions = {
    role: 'client',
    resetEnds: true,
    clock,
    ...(keepAlive ? { keepAlive } : {}),
  } as const;
  const connection = new SpdyConnection(socket, spdyOptions, head);
  const giveUp = () => connection.destroy();
  using _timer = clock.after(CREATE_STREAM_MS, giveUp);
  signal?.addEventListener('abort', giveUp);
  try {
    return clientOf(connection, protocol, await createStreams(connection, protocol, options));
  } catch (error) {
    connection.destroy();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

type Streams = Partial<Record<'error' | 'stdin' | 'stdout' | 'stderr' | 'resize', SpdyStream>>;

/** In upstream's order, but without waiting for one before the next. */
async function createStreams(
  connection: SpdyConnection,
  protocol: string,
  { stdin, stdout, stderr, tty }: RemoteCommandOptions,
): Promise<Streams> {
  const { resize } = SPDY_VERSIONS.get(protocol)!;
  const wanted = [
    ['error', true],
    ['stdin', stdin],
    ['stdout', stdout],
    ['stderr', stderr && !tty],
    ['resize', tty && resize],
  ] as const;
  const streams = wanted
    .filter(([, wants]) => wants)
    .map(async ([streamType]) => [streamType, await connection.createStream({ streamType })] as const);
  return Object.fromEntries(await Promise.all(streams));
}

function clientOf(
  connection: SpdyConnection,
  protocol: string,
  { error, stdin, stdout, stderr, resize }: Streams,
): RemoteCommandClient {
  const { jsonStatus } = SPDY_VERSIONS.get(protocol)!;
  // In the oldest version the server closes its side of stdin, and what it says there has no meaning in any.
  stdin?.resume();
  resize?.resume();
  const status = readStatus(error!, jsonStatus);
  // Whoever only reads output need not ask how it ended.
  status.catch(() => {});
  return {
    ...(stdin ? { stdin } : {}),
    ...(stdout ? { stdout } : {}),
    ...(stderr ? { stderr } : {}),
    status,
    resize({ width, height }) {
      if (resize?.writable) resize.write(JSON.stringify({ Width: width, Height: height }));
    },
    async close() {
      connection.close();
      await connection.closed;
    },
    destroy: () => connection.destroy(),
  };
}

/** An empty error stream means success, in every version. */
async function readStatus(stream: SpdyStream, json: boolean): Promise<CommandStatus> {
  const text = await readText(stream);
  if (text === '') return { metadata: {}, status: 'Success' };
  if (!json) return { metadata: {}, status: 'Failure', message: `error executing remote command: ${text}` };
  const status = parseStatus(text);
  if (status !== undefined) return status;
  throw new Error('the server has said something other than a Status of how the command ended');
}

function parseStatus(text: string): CommandStatus | undefined {
  try {
    const status = JSON.parse(text);
    return status?.status === 'Success' || status?.status === 'Failure' ? status : undefined;
  } catch {
    return undefined;
  }
}

function readText(stream: SpdyStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_STATUS_BYTES) stream.destroy(new Error('the status of the command is too long'));
      else chunks.push(chunk);
    });
    stream.on('end', () => resolve(Buffer.concat(chunks).toString()));
    stream.on('error', reject);
    stream.on('close', () => reject(new Error('the connection ended before the status of the command')));
  });
}
