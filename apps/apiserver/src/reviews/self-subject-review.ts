import { selfSubjectReviews } from '@hawser/api';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from '../resources/read-object.ts';
import { renderObject } from '../resources/render.ts';

/** Tells the requestor who the hub takes it for: `kubectl auth whoami`. */
export async function handleSelfSubjectReview(context: RequestContext): Promise<Answer> {
  const review = await readObject(context, selfSubjectReviews);
  const { name, uid, groups, extra } = context.identity;
  const userInfo = { username: name, ...(uid === undefined ? {} : { uid }), groups, extra };
  return renderObject(context, { ...review, status: { userInfo } }, 201);
}
