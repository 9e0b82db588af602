import type { Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ChannelForm } from '../websocket/channel-message.ts';
import { ChannelSocket } from '../websocket/channel-socket.ts';
import type { CommandStatus, RemoteCommandOptions, RemoteCommandStreams } from './remote-command-streams.ts';
import { ResizeReader } from './resize-reader.ts';

const Channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** A version of the protocol, by the name of its WebSocket subprotocol. */
interface Version {
  readonly form: ChannelForm;
  /** v4 and later say how the command ended as a Status in JSON; earlier ones say what went wrong, in words. */
  readonly jsonStatus: boolean;
}

/** Newest first: the order in which a server prefers them. */
export const WEB_SOCKET_VERSIONS: ReadonlyMap<string, Version> = new Map([
  ['v5.channel.k8s.io', { form: 'binary', jsonStatus: true }],
  ['v4.channel.k8s.io', { form: 'binary', jsonStatus: true }],
  ['v4.base64.channel.k8s.io', { form: 'base64', jsonStatus: true }],
  ['v3.channel.k8s.io', { form: 'binary', jsonStatus: false }],
  ['v2.channel.k8s.io', { form: 'binary', jsonStatus: false }],
  ['channel.k8s.io', { form: 'binary', jsonStatus: false }],
  ['base64.channel.k8s.io', { form: 'base64', jsonStatus: false }],
  ['', { form: 'binary', jsonStatus: false }],
] satisfies [string, Version][]);

/**
 * Serves exec or attach over a WebSocket (upstream's `cri/streaming/remotecommand/websocket.go`).
 * @param protocol a key of `WEB_SOCKET_VERSIONS`.
 */
export function serveWebSocketCommand(
  socket: WebSocket,
  protocol: string,
  options: RemoteCommandOptions,
): RemoteCommandStreams {
  const { form, jsonStatus } = WEB_SOCKET_VERSIONS.get(protocol)!;
  const channels = new ChannelSocket(socket, form);
  const gone = new AbortController();
  void channels.closed.then(() => gone.abort(new Error('the client has closed the connection')));
  const stdout = options.stdout ? channels.writer(Channel.stdout) : undefined;
  const stderr = options.stderr && !options.tty ? channels.writer(Channel.stderr) : undefined;
  const stdin = options.stdin ? channels.reader(Channel.stdin) : undefined;
  const resize = new ResizeReader(channels.reader(Channel.resize));
  // Tells the client that the streams are there, which those of Go wait for.
  const lowest =
    stdout !== undefined ? Channel.stdout : stderr !== undefined ? Channel.stderr : Channel.error;
  channels.send(lowest, Buffer.alloc(0));
  return {
    ...(stdin ? { stdin } : {}),
    ...(stdout ? { stdout } : {}),
    ...(stderr ? { stderr } : {}),
    onResize: (listener) => resize.onResize(listener),
    signal: gone.signal,
    async finish(status) {
      await Promise.all([stdout, stderr].map(drained));
      const text = statusText(status, jsonStatus);
      if (text !== undefined) channels.send(Channel.error, Buffer.from(text));
      // What is still coming is of no use, but must be read so that the end of the connection is seen.
      stdin?.resume();
      channels.close();
      await channels.closed;
    },
  };
}

/** Resolves when all that was written has been taken by the connection, or never will be. */
export function drained(writable: Writable | undefined): Promise<void> {
  if (writable === undefined || writable.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    writable.once('close', resolve);
    writable.end(() => resolve());
  });
}

/** What the error channel says. @returns undefined where the protocol says nothing of a success. */
export function statusText(status: CommandStatus, jsonStatus: boolean): string | undefined {
  if (jsonStatus) return JSON.stringify(status);
  return status.status === 'Success' ? undefined : (status.message ?? 'the command failed');
}
