/** Codes of Close frames (RFC 6455, section 7.4.1). */
export const CloseCode = {
  normal: 1000,
  protocolError: 1002,
  invalidData: 1007,
  tooBig: 1009,
} as const;

/** The peer breaks the rules of WebSocket or of what it carries; the connection cannot go on. */
export class WebSocketError extends Error {
  override name = 'WebSocketError';

  /** @param code what the Close frame is to say. */
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}
