/** RFC 9113, section 7. */
export const ErrorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const;

/** A peer that breaks the protocol: its connection ends with the code. */
export class Http2Error extends Error {
  override name = 'Http2Error';

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(`http2: ${message}`);
  }
}

/** @returns the code as RFC 9113 spells it. */
export function nameOfErrorCode(code: number): string {
  const name = Object.entries(ErrorCode).find(([, value]) => value === code)?.[0];
  return name === undefined ? `code ${code}` : name.replace(/([A-Z]|\d+)/g, '_$1').toUpperCase();
}
