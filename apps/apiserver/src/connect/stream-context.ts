import type { ServerResponse } from 'node:http';
import { ApiError, badRequest } from '@hawser/api';
import { UpgradeFailedError, UpgradeRefusedError } from '@hawser/streams';
import type { Answer, StreamingAnswer } from '../pipeline/answer.ts';
import type { RequestContext, Upgrade } from '../pipeline/request-context.ts';
import type { StreamMetrics } from './stream-metrics.ts';

export type UpgradeContext = RequestContext & { readonly upgrade: Upgrade };

/** @throws ApiError BadRequest where the client does not ask for another protocol. */
export function withUpgrade(context: RequestContext): UpgradeContext {
  const { upgrade } = context;
  if (upgrade === undefined) throw badRequest('Upgrade request required');
  return { ...context, upgrade };
}

/** How much came from the client, and went to it. */
export interface Carried {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/**
 * An answer that changes the protocol and carries a stream, which is counted. Once the client has been told, nothing
 * else can be: `carry` throws only before.
 */
export function streamingAnswer(
  { info, trail }: UpgradeContext,
  metrics: StreamMetrics,
  carry: (response: ServerResponse) => Promise<Carried>,
): StreamingAnswer {
  return {
    code: 101,
    async stream(response) {
      response.statusCode = 101;
      using _counted = metrics.streamBegins(info);
      const { receivedBytes, sentBytes } = await carry(response).catch((error: unknown) => {
        throw error instanceof UpgradeRefusedError ? badRequest(error.message, error) : error;
      });
      metrics.carried(info, receivedBytes, sentBytes);
      trail.annotate('hawser.dev/received-bytes', String(receivedBytes));
      trail.annotate('hawser.dev/sent-bytes', String(sentBytes));
    },
  };
}

/**
 * What became of asking a backend for an upgrade, when that was none: its refusal, as it is.
 * @throws ApiError InternalError, in upstream's words, where it gave no proper answer.
 */
export function answerOfFailure(error: unknown): Answer {
  if (error instanceof ApiError || !(error instanceof Error)) throw error;
  if (error instanceof UpgradeFailedError && error.code >= 400)
    return { code: error.code, type: error.headers['content-type'] ?? 'text/plain', body: error.body };
  const why =
    error instanceof UpgradeFailedError
      ? `invalid upgrade response: status code ${error.code}`
      : error.message;
  throw new ApiError('InternalError', `error dialing backend: ${why}`, undefined, { cause: error });
}
