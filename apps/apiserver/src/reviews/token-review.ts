import { type TokenReview, tokenReviews } from '@hawser/api';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from '../resources/read-object.ts';
import { renderObject } from '../resources/render.ts';

/** Says whose a bearer token is: how kubelets and others have tokens checked. */
export async function handleTokenReview(hub: Hub, context: RequestContext): Promise<Answer> {
  const review = (await readObject(context, tokenReviews)) as unknown as TokenReview;
  const { token = '', audiences } = review.spec ?? {};
  const asked = audiences?.length ? audiences : hub.audiences;
  const outcome = token === '' ? undefined : hub.tokens.authenticateToken(token, asked);
  return renderObject(context, { ...review, spec: { audiences }, status: statusOf(outcome) }, 201);
}

function statusOf(
  outcome: ReturnType<Hub['tokens']['authenticateToken']>,
): NonNullable<TokenReview['status']> {
  // Upstream keeps the reason to itself as well: an error here means that the check itself failed.
  if (outcome === undefined || !outcome.ok) return { authenticated: false, user: {} };
  const { name, uid, groups, extra } = outcome.identity;
  const copied = Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
  return {
    authenticated: true,
    user: { username: name, ...(uid === undefined ? {} : { uid }), groups: [...groups], extra: copied },
    audiences: [...(outcome.audiences ?? [])],
  };
}
