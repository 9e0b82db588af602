export type {
  CommandStatus,
  RemoteCommandOptions,
  RemoteCommandStreams,
  TerminalSize,
} from './remote-command/remote-command-streams.ts';
export { SPDY_VERSIONS, serveSpdyCommand } from './remote-command/spdy-server.ts';
export { serveWebSocketCommand, WEB_SOCKET_VERSIONS } from './remote-command/web-socket-server.ts';
export type { SpdyHeaders } from './spdy/header-codec.ts';
export { SpdyConnection, type SpdyOptions } from './spdy/spdy-connection.ts';
export { SpdyError, StreamResetError } from './spdy/spdy-error.ts';
export type { SpdyStream } from './spdy/spdy-stream.ts';
export { acceptWebSocket, offeredProtocols } from './websocket/accept-web-socket.ts';
export { webSocketDuplex } from './websocket/web-socket-duplex.ts';
