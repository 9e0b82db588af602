import { ApiError } from '@hawser/api';

/** The hub is too busy for a request; nothing of it was done. Its answer is text, as upstream's. */
export class TooManyRequestsError extends ApiError {
  override name = 'TooManyRequestsError';

  constructor() {
    super('TooManyRequests', 'Too many requests, please try again later.', { retryAfterSeconds: 1 });
  }
}
