import type { Duplex } from 'node:stream';
import type { UpgradeRequest } from '../upgrade/upgrade-request.ts';
import { acceptWebSocket } from '../websocket/accept-web-socket.ts';
import type { ChannelForm } from '../websocket/channel-message.ts';
import { ChannelSocket } from '../websocket/channel-socket.ts';
import { WebSocketConnection, type WebSocketOptions } from '../websocket/web-socket-connection.ts';
import {
  drained,
  type RemoteCommandOptions,
  type RemoteCommandStreams,
  statusText,
} from './remote-command-streams.ts';
import { ResizeReader } from './resize-reader.ts';

const Channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** A version of the protocol, by the name of its WebSocket subprotocol. */
interface Version {
  readonly form: ChannelForm;
  /** v4 and later say how the command ended as a Status in JSON; earlier ones say what went wrong, in words. */
  readonly jsonStatus: boolean;
}

/** Newest first. */
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

/** The one version in which a client can end stdin and go on reading. */
const CLOSE_SIGNAL_VERSION = 'v5.channel.k8s.io';

/**
 * Serves exec or attach over a WebSocket (upstream's `cri/streaming/remotecommand/websocket.go`).
 * @param protocol a key of `WEB_SOCKET_VERSIONS`.
 * @throws UpgradeRefusedError, before anything is written, when the handshake is faulty.
 */
export function serveWebSocketCommand(
  request: UpgradeRequest,
  socket: Duplex,
  head: Buffer,
  protocol: string,
  options: RemoteCommandOptions & WebSocketOptions,
): RemoteCommandStreams {
  acceptWebSocket(request, socket, protocol);
  const { form, jsonStatus } = WEB_SOCKET_VERSIONS.get(protocol)!;
  const closeSignal = protocol === CLOSE_SIGNAL_VERSION;
  const channels = new ChannelSocket(new WebSocketConnection(socket, options), { form, closeSignal });
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
  channels.start(head);
  return {
    protocol,
    ...(stdin ? { stdin } : {}),
    ...(stdout ? { stdout } : {}),
    ...(stderr ? { stderr } : {}),
    onResize: (listener) => resize.onResize(listener),
    signal: gone.signal,
    async finish(status) {
      await Promise.all([stdout, stderr].map(drained));
      const text = statusText(status, jsonStatus);
      if (text !== undefined) channels.send(Channel.error, Buffer.from(text));
      channels.close();
      await channels.closed;
    },
    destroy: () => channels.destroy(),
  };
}
