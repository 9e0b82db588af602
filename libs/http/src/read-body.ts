import type { IncomingMessage } from 'node:http';
import { ApiError } from '@hawser/api';

/** Upstream's limit on a request body (apiserver/pkg/server/config.go, MaxRequestBodyBytes). */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * Collects a request's body.
 * @throws ApiError RequestEntityTooLarge past the limit; the rest is not read.
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
    request.on('error', reject);
    request.on('close', () =>
      reject(new Error('the client closed the connection before the body was complete')),
    );
  });
}
