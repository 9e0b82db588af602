import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const SelfSubjectRulesReviewSpec = message(
  'io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec',
  'Where the client would do something.',
  {
    namespace: one('string', 1, 'The namespace.'),
  },
);
export interface SelfSubjectRulesReviewSpec extends Infer<typeof SelfSubjectRulesReviewSpec> {}

export const ResourceRule = message('io.k8s.api.authorization.v1.ResourceRule', 'Rights to resources.', {
  verbs: list('string', 1, 'What may be done; `*` for everything.', { required: true }),
  apiGroups: list('string', 2, 'Groups of the resources; `*` for all.'),
  resources: list('string', 3, 'The resources; `*` for all.'),
  resourceNames: list('string', 4, 'Names that the rule is limited to; all if empty.'),
});
export interface ResourceRule extends Infer<typeof ResourceRule> {}

export const NonResourceRule = message(
  'io.k8s.api.authorization.v1.NonResourceRule',
  'Rights to other paths.',
  {
    verbs: list('string', 1, 'What may be done; `*` for everything.', { required: true }),
    nonResourceURLs: list('string', 2, 'The paths; `*` may end one.'),
  },
);
export interface NonResourceRule extends Infer<typeof NonResourceRule> {}

export const SubjectRulesReviewStatus = message(
  'io.k8s.api.authorization.v1.SubjectRulesReviewStatus',
  'Rights that were found.',
  {
    resourceRules: list(ResourceRule, 1, 'Rights to resources.', { required: true }),
    nonResourceRules: list(NonResourceRule, 2, 'Rights to other paths.', { required: true }),
    incomplete: one('bool', 3, 'Whether there may be more.', { required: true }),
    evaluationError: one('string', 4, 'What went wrong on the way to the answer.'),
  },
);
export interface SubjectRulesReviewStatus extends Infer<typeof SubjectRulesReviewStatus> {}

export const SelfSubjectRulesReviewSchema = message(
  'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
  'Asks what the client itself may do in a namespace.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata; not needed.', { keepsZero: false }),
    spec: one(SelfSubjectRulesReviewSpec, 2, 'Where.', { required: true }),
    status: one(SubjectRulesReviewStatus, 3, 'The answer.', { keepsZero: false }),
  },
);
export interface SelfSubjectRulesReview extends KindObject<typeof SelfSubjectRulesReviewSchema> {}

export const selfSubjectRulesReviews = kind({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  namespaced: false,
  verbs: ['create'],
  schema: SelfSubjectRulesReviewSchema,
});
