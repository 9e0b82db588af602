import {
  invalid,
  required,
  type SelfSubjectRulesReview,
  type SubjectRulesReviewStatus,
  selfSubjectRulesReviews,
} from '@hawser/api';
import { type Identity, SYSTEM_MASTERS } from '@hawser/authn';
import { nodeNameOf } from '@hawser/authz';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from '../resources/read-object.ts';
import { renderObject } from '../resources/render.ts';

/** What `system:masters` may do, which no rule says. */
const EVERYTHING = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  incomplete: false,
};

/** Lists what the requestor may do in a namespace: `kubectl auth can-i --list`. */
export async function handleSelfSubjectRulesReview(hub: Hub, context: RequestContext): Promise<Answer> {
  const review = (await readObject(context, selfSubjectRulesReviews)) as unknown as SelfSubjectRulesReview;
  const { namespace = '' } = review.spec ?? {};
  if (namespace === '')
    throw invalid(selfSubjectRulesReviews, '', [required('spec.namespace', 'no namespace on request')]);
  const { identity } = context;
  const status = identity.groups.includes(SYSTEM_MASTERS) ? EVERYTHING : rulesFor(hub, identity, namespace);
  return renderObject(context, { ...review, status }, 201);
}

/** What the Node authorizer allows hangs on single objects, and is no list of rules. */
function rulesFor(hub: Hub, identity: Identity, namespace: string): SubjectRulesReviewStatus {
  const status = hub.rbac.rulesFor(identity, namespace);
  if (nodeNameOf(identity) === undefined) return status;
  const faults = ['node authorizer does not support user rule resolution', status.evaluationError ?? ''];
  const [fault, ...more] = faults.filter((each) => each !== '');
  const evaluationError = more.length === 0 ? fault! : `[${[fault, ...more].join(', ')}]`;
  return { ...status, incomplete: true, evaluationError };
}
