export type { KeepAliveOptions } from './keep-alive.ts';
export { type PipedBytes, pipeBoth } from './pipe-both.ts';
export type { ConnectPort } from './port-forward/connect-port.ts';
export {
  PORT_FORWARD_PROTOCOL,
  servePortForward,
  TUNNEL_PROTOCOL,
} from './port-forward/serve-port-forward.ts';
export { type AcceptOptions, acceptRemoteCommand } from './remote-command/accept-remote-command.ts';
export { dialRemoteCommand, type RemoteCommandClient } from './remote-command/dial-remote-command.ts';
export {
  negotiateRemoteCommand,
  type RemoteCommandProtocol,
} from './remote-command/negotiate-remote-command.ts';
export { type PipedCommand, pipeRemoteCommand } from './remote-command/pipe-remote-command.ts';
export type {
  CommandStatus,
  RemoteCommandOptions,
  RemoteCommandStreams,
  TerminalSize,
} from './remote-command/remote-command-streams.ts';
export type { SpdyHeaders } from './spdy/header-codec.ts';
export { SpdyConnection, type SpdyOptions } from './spdy/spdy-connection.ts';
export { SpdyError, StreamResetError } from './spdy/spdy-error.ts';
export type { SpdyStream } from './spdy/spdy-stream.ts';
export { type DialOptions, type DialRequest, dialSpdy, type UpgradedSpdy } from './upgrade/dial-spdy.ts';
export { type AnswerHead, readAnswerBody, readAnswerHead } from './upgrade/read-answer.ts';
export { answerUpgrade, type StatusOfRefusal } from './upgrade/upgrade-answer.ts';
export { UpgradeFailedError, UpgradeRefusedError } from './upgrade/upgrade-error.ts';
export {
  isSpdyRequest,
  isWebSocketRequest,
  offeredSpdyProtocols,
  offeredWebSocketProtocols,
  type UpgradeRequest,
} from './upgrade/upgrade-request.ts';
export { acceptWebSocket } from './websocket/accept-web-socket.ts';
export { WebSocketConnection } from './websocket/web-socket-connection.ts';
export { webSocketDuplex } from './websocket/web-socket-duplex.ts';
