/** The peer does not speak SPDY/3.1, or breaks its rules; the connection cannot go on. */
export class SpdyError extends Error {
  override name = 'SpdyError';
}

/** A stream was given up by one side (RST_STREAM), or its connection ended before it. */
export class StreamResetError extends Error {
  override name = 'StreamResetError';
}
