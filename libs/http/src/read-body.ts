import type { IncomingMessage } from 'node:http';
import { ApiError, badRequest } from '@hawser/api';

/** Upstream's limit on a request body (apiserver/pkg/server/config.go, MaxRequestBodyBytes). */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * Collects a request's body.
 * @throws ApiError RequestEntityTooLarge past the limit, and the rest is not read; BadRequest where the client
 * leaves in the middle, which is no failure of ours.
 */
export function readBody(request: IncomingMessage, limit = MAX_BODY_BYTES): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const tooLarge = () =>
      reject(new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${limit}`));
    if (Number(request.headers['content-length'] ?? 0) > limit) return tooLarge();
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        request.pause();
        tooLarge();
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    const left = (cause?: unknown) =>
      reject(badRequest('the client closed the connection before the body was complete', cause));
    request.on('error', left);
    request.on('close', () => left());
    // It left before anybody listened.
    if (request.destroyed) left();
  });
}
