import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { ApiError, badRequest, excerpt, goDurationFault, parseGoDuration } from '@hawser/api';
import type { Clock } from '@hawser/runtime';

/**
 * How long a request may take: what its `timeout` asks, and no longer than the server allows.
 * @throws ApiError BadRequest where it is no duration (apiserver/pkg/endpoints/filters/request_deadline.go).
 */
export function timeoutOf(query: URLSearchParams, maximumMs: number): number {
  const asked = query.get('timeout') ?? '';
  if (asked === '') return maximumMs;
  const nanoseconds = parseGoDuration(asked);
  if (nanoseconds === undefined)
    throw badRequest(`invalid timeout specified in the request URL - ${goDurationFault(excerpt(asked))}`);
  const ms = nanoseconds / 1e6;
  return ms > 0 && ms < maximumMs ? ms : maximumMs;
}

/**
 * Answers 504 where a request takes too long, and breaks off an answer that its client does not take in time.
 * @param onTimeout called at the deadline: what still goes on for the request is for nobody.
 * @returns what the work resolves to. @throws ApiError Timeout at the deadline, whatever becomes of the work.
 */
export function withinDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  response: ServerResponse,
  onTimeout: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = clock.after(timeoutMs, () => {
    if (response.headersSent) return breakOff(response);
    reject(new ApiError('Timeout', 'Timeout: request did not complete within the allotted timeout', {}));
    onTimeout();
  });
  response.once('close', () => timer[Symbol.dispose]());
  work().then(resolve, reject);
  return promise;
}

/** Over HTTP/2 the stream alone, over HTTP/1.1 the connection. */
function breakOff(response: ServerResponse): void {
  const { stream } = response as unknown as Partial<Http2ServerResponse>;
  if (stream === undefined) response.destroy();
  else stream.destroy(new Error('the answer was not taken in time'));
}
