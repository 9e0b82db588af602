import { badRequest, type TokenReview, tokenReviews } from '@hawser/api';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from '../resources/read-object.ts';
import { renderObject } from '../resources/render.ts';

/** Says whose a bearer token is: how kubelets and others have tokens checked. */
export async function handleTokenReview(hub: Hub, context: RequestContext): Promise<Answer> {
  const review = (await readObject(context, tokenReviews)) as unknown as TokenReview;
  const { token = '', audiences } = review.spec ?? {};
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const asked = audiences?.length ? audiences : hub.audiences;
  await hub.tokens.prepare?.(token);
  const status = statusOf(hub.tokens.authenticateToken(token, asked));
  return renderObject(context, { ...review, status }, 201);
}

/** What upstream says of every token that it does not take; who may ask is also told why. */
const INVALID = 'invalid bearer token';

function statusOf(
  outcome: ReturnType<Hub['tokens']['authenticateToken']>,
): NonNullable<TokenReview['status']> {
  if (outcome === undefined) return { user: {}, error: INVALID };
  if (!outcome.ok) return { user: {}, error: `[${INVALID}, ${outcome.reason}]` };
  const { name, uid, groups, extra } = outcome.identity;
  const copied = Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
  return {
    authenticated: true,
    user: { username: name, ...(uid === undefined ? {} : { uid }), groups: [...groups], extra: copied },
    audiences: [...(outcome.audiences ?? [])],
  };
}
