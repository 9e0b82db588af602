import { type Infer, list, message, one } from '../../schema/fields.ts';

export const Preconditions = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions',
  'What must hold of an object before it is deleted or changed.',
  {
    uid: one('string', 1, 'The UID it must have.', { keepsZero: true }),
    resourceVersion: one('string', 2, 'The resource version it must have.', { keepsZero: true }),
  },
);
export interface Preconditions extends Infer<typeof Preconditions> {}

export const DeleteOptions = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
  'How a deletion shall go about.',
  {
    apiVersion: one('string', 0, 'Version of the schema of this object.'),
    kind: one('string', 0, 'DeleteOptions, or nothing.'),
    gracePeriodSeconds: one(
      'int64',
      1,
      "Seconds of grace; 0 deletes at once, absent takes the kind's default.",
      { keepsZero: true },
    ),
    preconditions: one(Preconditions, 2, 'What must hold of the object, or the deletion is a conflict.'),
    orphanDependents: one('bool', 3, 'Deprecated; propagationPolicy says the same.', { keepsZero: true }),
    propagationPolicy: one('string', 4, 'What becomes of dependents: Orphan, Background or Foreground.', {
      keepsZero: true,
    }),
    dryRun: list('string', 5, '`All` goes through every step without deleting.'),
    ignoreStoreReadErrorWithClusterBreakingPotential: one(
      'bool',
      6,
      'Deletes an object that can no longer be read from the store; dangerous.',
      { keepsZero: true },
    ),
  },
);
export interface DeleteOptions extends Infer<typeof DeleteOptions> {}
