import type { Duplex } from 'node:stream';
import type { AcceptOptions } from '../remote-command/accept-remote-command.ts';
import { answerRefusal, switchProtocols } from '../upgrade/upgrade-answer.ts';
import { UpgradeRefusedError } from '../upgrade/upgrade-error.ts';
import {
  chooseSpdyProtocol,
  chooseWebSocketProtocol,
  isSpdyRequest,
  isWebSocketRequest,
  refuseUpgrade,
  SPDY,
  STREAM_PROTOCOL_HEADER,
  type UpgradeRequest,
} from '../upgrade/upgrade-request.ts';
import { acceptWebSocket } from '../websocket/accept-web-socket.ts';
import type { ChannelForm } from '../websocket/channel-message.ts';
import { WebSocketConnection } from '../websocket/web-socket-connection.ts';
import { webSocketDuplex } from '../websocket/web-socket-duplex.ts';
import type { ConnectPort } from './connect-port.ts';
import { serveSpdyPortForward } from './spdy-port-forward.ts';
import { portsOf, serveWebSocketPortForward } from './web-socket-port-forward.ts';

/** SPDY's one protocol for port-forward. */
export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';
/** The same, tunnelled through a WebSocket. */
export const TUNNEL_PROTOCOL = `${SPDY}+${PORT_FORWARD_PROTOCOL}`;

const SPDY_PROTOCOLS: ReadonlySet<string> = new Set([PORT_FORWARD_PROTOCOL]);
const WEB_SOCKET_PROTOCOLS: ReadonlyMap<string, ChannelForm | 'tunnel'> = new Map<
  string,
  ChannelForm | 'tunnel'
>([
  [TUNNEL_PROTOCOL, 'tunnel'],
  ['v4.channel.k8s.io', 'binary'],
  ['v4.base64.channel.k8s.io', 'base64'],
  [PORT_FORWARD_PROTOCOL, 'binary'],
  ['', 'binary'],
]);

/** What a server of port-forward may be given besides. */
export interface PortForwardOptions extends AcceptOptions {
  /** The client has been told that it may begin. */
  readonly onAccepted?: () => void;
}

/**
 * Serves a request for port-forward (`http.Server`'s `upgrade` event) in whichever of its forms the client speaks:
 * SPDY, SPDY tunnelled through a WebSocket, or channels of a WebSocket.
 * @param connect called for each connection that the client forwards; how it fails does not end the session.
 * @returns when the client has closed the connection and everything is given back.
 * @throws UpgradeRefusedError when it is turned down, which the client has been told then.
 */
export async function servePortForward(
  request: UpgradeRequest,
  socket: Duplex,
  head: Buffer,
  connect: ConnectPort,
  options: PortForwardOptions = {},
): Promise<void> {
  try {
    if (isWebSocketRequest(request)) return await overWebSocket(request, socket, head, connect, options);
    if (!isSpdyRequest(request)) return refuseUpgrade();
    const protocol = chooseSpdyProtocol(request, SPDY_PROTOCOLS);
    switchProtocols(socket, SPDY, [[STREAM_PROTOCOL_HEADER, protocol]]);
    options.onAccepted?.();
    await serveSpdyPortForward(socket, head, connect, options);
  } catch (error) {
    if (error instanceof UpgradeRefusedError) answerRefusal(socket, error, options.statusOf);
    throw error;
  }
}

async function overWebSocket(
  request: UpgradeRequest,
  socket: Duplex,
  head: Buffer,
  connect: ConnectPort,
  options: PortForwardOptions,
): Promise<void> {
  const protocol = chooseWebSocketProtocol(request, WEB_SOCKET_PROTOCOLS);
  const form = WEB_SOCKET_PROTOCOLS.get(protocol)!;
  const ports = form === 'tunnel' ? [] : portsOf(request);
  acceptWebSocket(request, socket, protocol);
  options.onAccepted?.();
  if (form !== 'tunnel') return serveWebSocketPortForward(socket, head, form, ports, connect, options);
  const tunnel = webSocketDuplex(new WebSocketConnection(socket, options), head);
  await serveSpdyPortForward(tunnel, Buffer.alloc(0), connect, options);
}
