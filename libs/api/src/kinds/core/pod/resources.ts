import { type Infer, list, map, message, one } from '../../../schema/fields.ts';

export const ResourceClaim = message(
  'io.k8s.api.core.v1.ResourceClaim',
  'One resource claim that a container uses.',
  {
    name: one('string', 1, "Name of an entry in the pod's resourceClaims.", { required: true }),
    request: one('string', 2, 'One request of the claim; all of them if absent.'),
  },
);
export interface ResourceClaim extends Infer<typeof ResourceClaim> {}

export const ResourceRequirements = message(
  'io.k8s.api.core.v1.ResourceRequirements',
  'What a container or pod needs, and the most it may take.',
  {
    limits: map('quantity', 1, 'The most it may take.'),
    requests: map('quantity', 2, 'What it is promised; the limits if absent.'),
    claims: list(ResourceClaim, 3, 'Resource claims of the pod that the container uses.', {
      mapKeys: ['name'],
    }),
  },
);
export interface ResourceRequirements extends Infer<typeof ResourceRequirements> {}
