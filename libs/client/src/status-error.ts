import type { StatusDetails } from '@hawser/api';

/** An answer of the API server that is no object: `metav1.Status`. */
export interface Status {
  apiVersion?: string;
  kind?: string;
  metadata?: object;
  status?: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  code?: number;
  details?: StatusDetails;
}

/** Reasons by HTTP status, for answers that carry no Status of their own (a proxy's, a crash's). */
const REASON_BY_CODE: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The API server refused: its `metav1.Status`. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: string;

  constructor(readonly status: Status) {
    super(status.message || status.reason || `HTTP status ${status.code}`);
    this.code = status.code ?? 0;
    this.reason = status.reason ?? '';
  }

  /** Reads an answer that is not a success; what is no Status becomes one by its HTTP status. */
  static fromResponse(code: number, body: string): StatusError {
    const status = parseStatus(body);
    if (status) return new StatusError({ ...status, code: status.code ?? code });
    const reason = REASON_BY_CODE[code] ?? 'Unknown';
    const message = body.trim().slice(0, 2048) || `the server answered ${code}`;
    return new StatusError({
      apiVersion: 'v1',
      kind: 'Status',
      metadata: {},
      status: 'Failure',
      code,
      reason,
      message,
    });
  }
}

function parseStatus(body: string): Status | undefined {
  try {
    const value = JSON.parse(body) as Partial<Status> | null;
    return value?.kind === 'Status' ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}

/** No answer came: the connection could not be made, was not trusted, broke, or took too long. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** The `code` of the cause, such as `ECONNREFUSED` or `UNABLE_TO_VERIFY_LEAF_SIGNATURE`; empty if it had none. */
  readonly code: string;

  constructor(method: string, url: string, cause: unknown) {
    super(`${method} ${url}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    const code = (cause as { code?: unknown } | null)?.code;
    this.code = typeof code === 'string' ? code : '';
  }
}

function hasReason(error: unknown, reason: string): error is StatusError {
  return error instanceof StatusError && error.reason === reason;
}

function hasCause(error: unknown, reason: string): error is StatusError {
  return (
    error instanceof StatusError &&
    (error.status.details?.causes ?? []).some((cause) => cause.reason === reason)
  );
}

export const isNotFound = (error: unknown): error is StatusError => hasReason(error, 'NotFound');
export const isAlreadyExists = (error: unknown): error is StatusError => hasReason(error, 'AlreadyExists');
export const isConflict = (error: unknown): error is StatusError => hasReason(error, 'Conflict');
/** The history asked for is gone (410, reasons Expired and Gone): list again. */
export const isExpired = (error: unknown): error is StatusError =>
  error instanceof StatusError &&
  (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone');
/** The server is behind the version asked for: it was set back to an earlier state (504 with the cause `ResourceVersionTooLarge`). */
export const isResourceVersionTooLarge = (error: unknown): error is StatusError =>
  hasCause(error, 'ResourceVersionTooLarge');
/** The namespace is going away and takes no new objects (403 with the cause `NamespaceTerminating`). */
export const isNamespaceTerminating = (error: unknown): error is StatusError =>
  hasCause(error, 'NamespaceTerminating');
