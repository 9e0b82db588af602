import type { ServerResponse } from 'node:http';
import { statusOf } from '@hawser/api';

/** Answers with JSON that is already serialised. */
export function respondJson(response: ServerResponse, code: number, json: string | Uint8Array): void {
  respond(response, code, 'application/json', json);
}

/** Answers whole; a Content-Length lets the connection be used again. */
export function respond(
  response: ServerResponse,
  code: number,
  type: string,
  body: string | Uint8Array,
): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = code;
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  // What is left of a request's body would be taken for the connection's next request.
  if (response.req.httpVersionMajor === 1 && !response.req.complete)
    response.setHeader('Connection', 'close');
  response.end(body);
}

/** A body and its media type. */
export interface Encoded {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/**
 * Answers with the `metav1.Status` of an error, and says when to try again where the error knows.
 * @param encode makes a body of the Status.
 */
export function respondError(
  response: ServerResponse,
  error: unknown,
  encode: (status: ReturnType<typeof statusOf>) => Encoded = asJson,
): number {
  const status = statusOf(error);
  const retryAfter = (status['details'] as { retryAfterSeconds?: number } | undefined)?.retryAfterSeconds;
  if (retryAfter !== undefined && !response.headersSent)
    response.setHeader('Retry-After', String(retryAfter));
  const { type, body } = encode(status);
  respond(response, status.code, type, body);
  return status.code;
}

const asJson = (status: object): Encoded => ({ type: 'application/json', body: JSON.stringify(status) });

/**
 * The value of a `Warning` header (RFC 7234, section 5.5): code 299, no agent, the text quoted. Control
 * characters are left out, since the text may quote what a client sent.
 */
export function warningHeader(text: string): string {
  const printable = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').replace(/[^\u0020-\u007e]/g, '?');
  return `299 - "${printable.replace(/["\\]/g, '\\$&')}"`;
}

/** Upstream's bounds on warnings (apiserver/pkg/endpoints/filters/warning.go), in characters. */
const MAX_WARNINGS = 4_096;
const MAX_CUT_WARNING = 256;

/**
 * The `Warning` headers of an answer: each text once, whole where all of them fit, otherwise cut to 256
 * characters each, and as many as fit.
 */
export function warningHeaders(texts: readonly string[]): string[] {
  const unique = [...new Set(texts)];
  const sizeOf = (all: readonly string[]) => all.reduce((sum, text) => sum + text.length, 0);
  if (sizeOf(unique) <= MAX_WARNINGS) return unique.map(warningHeader);
  const kept: string[] = [];
  for (let i = 0, size = 0; i < unique.length && size < MAX_WARNINGS; i += 1) {
    const text = unique[i]!.slice(0, MAX_CUT_WARNING);
    size += text.length;
    kept.push(text);
  }
  return kept.map(warningHeader);
}
