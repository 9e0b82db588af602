import { ErrorCode } from './http2/http2-error.ts';
import { StreamResetError } from './http2/http2-stream.ts';

/** How a call may end (gRPC's status codes). */
export const Code = {
  ok: 0,
  canceled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** How a call ended. */
export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
}

export const OK: GrpcStatus = { code: Code.ok, message: '' };

/** A call that did not end well. */
export class GrpcError extends Error {
  override name = 'GrpcError';
  readonly code: number;
  /** What the peer says, alone. */
  readonly description: string;

  constructor({ code, message }: GrpcStatus) {
    super(`rpc error: code = ${nameOfCode(code)} desc = ${message}`);
    this.code = code;
    this.description = message;
  }
}

/** @returns the code as Go's client prints it: `PermissionDenied`. */
export function nameOfCode(code: number): string {
  if (code === Code.ok) return 'OK';
  const name = Object.entries(Code).find(([, value]) => value === code)?.[0];
  return name === undefined ? `Code(${code})` : name[0]!.toUpperCase() + name.slice(1);
}

/** How a call ended that the transport ended (gRPC over HTTP/2, "Errors"). */
export function statusOfTransport(error: Error): GrpcStatus {
  if (!(error instanceof StreamResetError)) return { code: Code.unavailable, message: error.message };
  const codes: Record<number, number> = {
    [ErrorCode.refusedStream]: Code.unavailable,
    [ErrorCode.cancel]: Code.canceled,
    [ErrorCode.enhanceYourCalm]: Code.resourceExhausted,
    [ErrorCode.inadequateSecurity]: Code.permissionDenied,
  };
  return { code: codes[error.code] ?? Code.internal, message: error.message };
}

/** How a call ended that something other than a gRPC server answered (gRPC's HTTP to status mapping). */
export function statusOfHttp(httpStatus: string): GrpcStatus {
  const codes: Record<string, number> = {
    '400': Code.internal,
    '401': Code.unauthenticated,
    '403': Code.permissionDenied,
    '404': Code.unimplemented,
    '429': Code.unavailable,
    '502': Code.unavailable,
    '503': Code.unavailable,
    '504': Code.unavailable,
  };
  return {
    code: codes[httpStatus] ?? Code.unknown,
    message: `unexpected HTTP status code received from server: ${httpStatus}`,
  };
}

/** A message as a header may carry it: percent-encoded UTF-8 (gRPC over HTTP/2, "Responses"). */
export function encodeStatusMessage(message: string): string {
  let text = '';
  for (const byte of Buffer.from(message))
    text +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return text;
}

/** What is no percent-encoding stays as it is. */
export function decodeStatusMessage(text: string): string {
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
