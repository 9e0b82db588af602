/** A session that cannot go on, or cannot do what it is asked. */
export class YamuxError extends Error {
  override name = 'YamuxError';
}

/** A stream that the peer has reset or refused, or that went with its session. */
export class StreamResetError extends Error {
  override name = 'StreamResetError';
  /** What a TCP connection that is lost says of itself: those who handle it need not know of streams. */
  readonly code = 'ECONNRESET';
}
