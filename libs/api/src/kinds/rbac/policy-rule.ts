import { type Infer, list, message } from '../../schema/fields.ts';

export const PolicyRule = message(
  'io.k8s.api.rbac.v1.PolicyRule',
  'What may be done, to what; nothing is ever forbidden.',
  {
    verbs: list('string', 1, 'What may be done; `*` for everything.', { required: true }),
    apiGroups: list('string', 2, 'Groups of the resources; the empty string is the core group, `*` all.'),
    resources: list('string', 3, 'Resources, with subresources as `pods/log`; `*` for all.'),
    resourceNames: list('string', 4, 'Names that the rule is limited to; all if empty.'),
    nonResourceURLs: list('string', 5, 'Paths outside the API, for cluster roles; `*` may end one.'),
  },
);
export interface PolicyRule extends Infer<typeof PolicyRule> {}
