import { type Infer, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const LeaseSpec = message(
  'io.k8s.api.coordination.v1.LeaseSpec',
  'Who holds a lease, and until when.',
  {
    holderIdentity: one('string', 1, 'Who holds it.', { keepsZero: true }),
    leaseDurationSeconds: one('int32', 2, 'How long others wait after renewTime before they take it.', {
      keepsZero: true,
    }),
    acquireTime: one('microTime', 3, 'Since when it is held.', { keepsZero: true }),
    renewTime: one('microTime', 4, 'When the holder last renewed it.', { keepsZero: true }),
    leaseTransitions: one('int32', 5, 'How often it changed hands.', { keepsZero: true }),
    strategy: one('string', 6, 'How a leader is chosen, in coordinated election.', { keepsZero: true }),
    preferredHolder: one('string', 7, 'To whom the holder shall yield.', { keepsZero: true }),
  },
);
export interface LeaseSpec extends Infer<typeof LeaseSpec> {}

export const LeaseSchema = message(
  'io.k8s.api.coordination.v1.Lease',
  'A claim that must be renewed to be kept.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(LeaseSpec, 2, 'Who holds it.', { keepsZero: false }),
  },
);
export interface Lease extends KindObject<typeof LeaseSchema> {}

export const leases = kind({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  schema: LeaseSchema,
  columns: [
    {
      name: 'Holder',
      type: 'string',
      description: 'Who holds the lease.',
      value: (lease) => lease.spec?.holderIdentity ?? '',
    },
    age,
  ],
});
