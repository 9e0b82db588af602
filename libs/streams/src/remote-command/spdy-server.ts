import type { Duplex } from 'node:stream';
import { systemClock } from '@hawser/runtime';
import { SpdyConnection, type SpdyOptions } from '../spdy/spdy-connection.ts';
import type { SpdyStream } from '../spdy/spdy-stream.ts';
import {
  drained,
  type RemoteCommandOptions,
  type RemoteCommandStreams,
  statusText,
} from './remote-command-streams.ts';
import { ResizeReader } from './resize-reader.ts';

interface Version {
  readonly resize: boolean;
  readonly jsonStatus: boolean;
}

/** The protocols over SPDY that a server speaks, newest first (`X-Stream-Protocol-Version`). */
export const SPDY_VERSIONS: ReadonlyMap<string, Version> = new Map([
  ['v4.channel.k8s.io', { resize: true, jsonStatus: true }],
  ['v3.channel.k8s.io', { resize: true, jsonStatus: false }],
  ['v2.channel.k8s.io', { resize: false, jsonStatus: false }],
  ['channel.k8s.io', { resize: false, jsonStatus: false }],
]);

/** How long a client may take to open its streams (upstream's `streamCreationTimeout`). */
const STREAM_CREATION_MS = 30_000;

/**
 * Serves exec or attach over SPDY (upstream's `cri/streaming/remotecommand/httpstream.go`): waits until the client
 * has opened the streams that it asked for.
 * @param protocol a key of `SPDY_VERSIONS`.
 * @throws Error when it does not within 30 s, or goes away; the connection is ended then.
 */
export async function serveSpdyCommand(
  socket: Duplex,
  head: Buffer,
  protocol: string,
  options: RemoteCommandOptions & Pick<SpdyOptions, 'clock' | 'keepAlive'>,
): Promise<RemoteCommandStreams> {
  const clock = options.clock ?? systemClock;
  const version = SPDY_VERSIONS.get(protocol)!;
  const wanted = wantedStreams(options, version);
  const streams = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<void>();
  const connection = new SpdyConnection(
    socket,
    {
      ...options,
      role: 'server',
      onStream: (stream) => {
        const type = stream.headers['streamtype'] ?? '';
        if (!wanted.has(type) || streams.has(type)) return stream.refuse();
        stream.accept();
        streams.set(type, stream);
        if (streams.size === wanted.size) complete.resolve();
      },
    },
    head,
  );
  const gone = new AbortController();
  const reason = new Error('the client has closed the connection');
  void connection.closed.then(() => {
    gone.abort(reason);
    complete.reject(reason);
  });
  using _timer = clock.after(STREAM_CREATION_MS, () =>
    complete.reject(new Error('timed out waiting for client to create streams')),
  );
  await complete.promise.catch((error: unknown) => {
    connection.destroy();
    throw error;
  });
  return sessionOf(connection, streams, protocol, gone.signal);
}

function wantedStreams(
  { stdin, stdout, stderr, tty }: RemoteCommandOptions,
  { resize }: Version,
): Set<string> {
  const wanted = ['error'];
  if (stdin) wanted.push('stdin');
  if (stdout) wanted.push('stdout');
  if (stderr && !tty) wanted.push('stderr');
  if (tty && resize) wanted.push('resize');
  return new Set(wanted);
}

function sessionOf(
  connection: SpdyConnection,
  streams: ReadonlyMap<string, SpdyStream>,
  protocol: string,
  signal: AbortSignal,
): RemoteCommandStreams {
  const { jsonStatus } = SPDY_VERSIONS.get(protocol)!;
  const [stdin, stdout, stderr] = ['stdin', 'stdout', 'stderr'].map((type) => streams.get(type));
  const resize = streams.get('resize');
  const resizeReader = resize === undefined ? undefined : new ResizeReader(resize);
  return {
    protocol,
    ...(stdin ? { stdin } : {}),
    ...(stdout ? { stdout } : {}),
    ...(stderr ? { stderr } : {}),
    onResize: (listener) => resizeReader?.onResize(listener),
    signal,
    async finish(status) {
      await Promise.all([stdout, stderr].map(drained));
      const error = streams.get('error')!;
      const text = statusText(status, jsonStatus);
      if (text !== undefined) error.write(text);
      await drained(error);
      connection.close();
      await connection.closed;
    },
    destroy: () => connection.destroy(),
  };
}
