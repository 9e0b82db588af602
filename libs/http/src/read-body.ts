import type { IncomingMessage } from 'node:http';
import { ApiError, badRequest } from '@hawser/api';

/** Upstream's limit on a request body (apiserver/pkg/server/config.go, MaxRequestBodyBytes). */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

const bodies = new WeakMap<IncomingMessage, Promise<Buffer>>();

/**
 * Collects a request's body; whoever asks again is given the same.
 * @param onBytes called with the size of each piece; what it throws is the outcome, and the rest is not read.
 * @throws ApiError RequestEntityTooLarge past the limit, and the rest is not read; BadRequest where the client
 * leaves in the middle, which is no failure of ours.
 */
export function readBody(
  request: IncomingMessage,
  limit = MAX_BODY_BYTES,
  onBytes?: (bytes: number) => void,
): Promise<Buffer> {
  let body = bodies.get(request);
  if (body === undefined) {
    body = collect(request, limit, onBytes);
    bodies.set(request, body);
  }
  return body;
}

function collect(
  request: IncomingMessage,
  limit: number,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (why: unknown) => {
      request.off('data', take);
      request.pause();
      chunks.length = 0;
      reject(why);
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) return stop(tooLarge(limit));
      try {
        onBytes?.(chunk.length);
      } catch (refusal) {
        return stop(refusal);
      }
      chunks.push(chunk);
    };
    if (Number(request.headers['content-length'] ?? 0) > limit) return reject(tooLarge(limit));
    request.on('data', take);
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    const left = (cause?: unknown) =>
      reject(badRequest('the client closed the connection before the body was complete', cause));
    request.on('error', left);
    request.on('close', () => left());
    // It left before anybody listened.
    if (request.destroyed) left();
  });
}

function tooLarge(limit: number): ApiError {
  return new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);
}
