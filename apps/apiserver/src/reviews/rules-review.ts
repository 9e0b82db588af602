import { invalid, required, type SelfSubjectRulesReview, selfSubjectRulesReviews } from '@hawser/api';
import { SYSTEM_MASTERS } from '@hawser/authn';
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
  const all = identity.groups.includes(SYSTEM_MASTERS);
  return renderObject(
    context,
    { ...review, status: all ? EVERYTHING : hub.rbac.rulesFor(identity, namespace) },
    201,
  );
}
