import { ApiError } from '@hawser/api';

/** What a target is not there for (apimachinery/pkg/api/errors `NewServiceUnavailable`). */
export function serviceUnavailable(message: string, cause?: unknown): ApiError {
  return new ApiError('ServiceUnavailable', message, undefined, { cause });
}
