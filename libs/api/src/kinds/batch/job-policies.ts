import { type Infer, list, message, one } from '../../schema/fields.ts';

export const PodFailurePolicyOnExitCodesRequirement = message(
  'io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement',
  'Exit codes that a rule is about.',
  {
    containerName: one('string', 1, 'The container that is meant; any if absent.', { keepsZero: true }),
    operator: one('string', 2, 'In or NotIn.', { required: true }),
    values: list('int32', 3, 'The codes, in ascending order.', { required: true, listType: 'set' }),
  },
);
export interface PodFailurePolicyOnExitCodesRequirement
  extends Infer<typeof PodFailurePolicyOnExitCodesRequirement> {}

export const PodFailurePolicyOnPodConditionsPattern = message(
  'io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern',
  'A condition of the pod that a rule is about.',
  {
    type: one('string', 1, 'Its type.', { required: true }),
    status: one('string', 2, 'Its status: True, False or Unknown.', {
      required: true,
      inOpenApi: 'optional',
      default: 'True',
    }),
  },
);
export interface PodFailurePolicyOnPodConditionsPattern
  extends Infer<typeof PodFailurePolicyOnPodConditionsPattern> {}

export const PodFailurePolicyRule = message(
  'io.k8s.api.batch.v1.PodFailurePolicyRule',
  'What follows from a failed pod; the first rule that fits counts.',
  {
    action: one('string', 1, 'FailJob, FailIndex, Ignore or Count.', { required: true }),
    onExitCodes: one(PodFailurePolicyOnExitCodesRequirement, 2, 'Fits by exit codes.'),
    onPodConditions: list(PodFailurePolicyOnPodConditionsPattern, 3, 'Fits by conditions of the pod.'),
  },
);
export interface PodFailurePolicyRule extends Infer<typeof PodFailurePolicyRule> {}

export const PodFailurePolicy = message(
  'io.k8s.api.batch.v1.PodFailurePolicy',
  'What follows from failed pods.',
  { rules: list(PodFailurePolicyRule, 1, 'The rules, in order; at most 20.', { required: true }) },
);
export interface PodFailurePolicy extends Infer<typeof PodFailurePolicy> {}

export const SuccessPolicyRule = message(
  'io.k8s.api.batch.v1.SuccessPolicyRule',
  'When an indexed job has succeeded before all its indexes have.',
  {
    succeededIndexes: one('string', 1, 'Indexes that must have succeeded, such as `1,3-5`.', {
      keepsZero: true,
    }),
    succeededCount: one('int32', 2, 'How many (of these) must have.', { keepsZero: true }),
  },
);
export interface SuccessPolicyRule extends Infer<typeof SuccessPolicyRule> {}

export const SuccessPolicy = message('io.k8s.api.batch.v1.SuccessPolicy', 'When a job has succeeded.', {
  rules: list(SuccessPolicyRule, 1, 'The rules; one that is met is enough.', { required: true }),
});
export interface SuccessPolicy extends Infer<typeof SuccessPolicy> {}
