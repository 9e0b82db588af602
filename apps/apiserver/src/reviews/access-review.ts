import {
  badRequest,
  type Kind,
  type SelfSubjectAccessReview,
  type SubjectAccessReview,
  selfSubjectAccessReviews,
  subjectAccessReviews,
} from '@hawser/api';
import type { Identity } from '@hawser/authn';
import type { Attributes } from '@hawser/authz';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from '../resources/read-object.ts';
import { renderObject } from '../resources/render.ts';

type Spec = SubjectAccessReview['spec'];

/** Says whether somebody may do something. */
export async function handleSubjectAccessReview(hub: Hub, context: RequestContext): Promise<Answer> {
  const review = await read<SubjectAccessReview>(context, subjectAccessReviews);
  const { user = '', uid, groups = [], extra = {} } = review.spec;
  if (user === '' && groups.length === 0)
    throw badRequest('spec.user: Invalid value: "": at least one of user or group must be specified');
  const identity: Identity = { name: user, groups, extra, ...(uid === undefined ? {} : { uid }) };
  return answer(hub, context, review, identity);
}

/** Says whether the requestor may do something: `kubectl auth can-i`. */
export async function handleSelfSubjectAccessReview(hub: Hub, context: RequestContext): Promise<Answer> {
  const review = await read<SelfSubjectAccessReview>(context, selfSubjectAccessReviews);
  return answer(hub, context, review, context.identity);
}

async function read<T extends { spec?: Pick<Spec, 'resourceAttributes' | 'nonResourceAttributes'> }>(
  context: RequestContext,
  kind: Kind,
): Promise<T> {
  const review = (await readObject(context, kind)) as unknown as T;
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  if ((resourceAttributes === undefined) === (nonResourceAttributes === undefined))
    throw badRequest(
      'spec.resourceAttributes: Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  return review;
}

function answer(
  hub: Hub,
  context: RequestContext,
  review: { spec: Pick<Spec, 'resourceAttributes' | 'nonResourceAttributes'> },
  identity: Identity,
): Answer {
  const { verdict, reason } = hub.authorizer.authorize(attributesFrom(review.spec, identity));
  const status = {
    allowed: verdict === 'allow',
    ...(verdict === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
  };
  return renderObject(context, { ...review, status }, 201);
}

function attributesFrom(
  { resourceAttributes, nonResourceAttributes }: Pick<Spec, 'resourceAttributes' | 'nonResourceAttributes'>,
  identity: Identity,
): Attributes {
  const {
    verb = '',
    group = '',
    resource = '',
    subresource = '',
    namespace = '',
    name = '',
  } = resourceAttributes ?? {};
  return {
    identity,
    resourceRequest: resourceAttributes !== undefined,
    verb: resourceAttributes === undefined ? (nonResourceAttributes?.verb ?? '') : verb,
    apiGroup: group,
    resource,
    subresource,
    namespace,
    name,
    path: nonResourceAttributes?.path ?? '',
  };
}
