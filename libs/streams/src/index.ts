export type { SpdyHeaders } from './spdy/header-codec.ts';
export { SpdyConnection, type SpdyOptions } from './spdy/spdy-connection.ts';
export { SpdyError, StreamResetError } from './spdy/spdy-error.ts';
export type { SpdyStream } from './spdy/spdy-stream.ts';
