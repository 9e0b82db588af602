import { message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const PriorityClassSchema = message(
  'io.k8s.api.scheduling.v1.PriorityClass',
  'A name for how important a pod is.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    value: one('int32', 2, 'The priority that pods of the class get; higher is more important.', {
      required: true,
      inOpenApi: 'optional',
    }),
    globalDefault: one('bool', 3, 'Whether pods that name no class get this one.'),
    description: one('string', 4, 'What the class is for, in words for people.'),
    preemptionPolicy: one('string', 5, 'Whether its pods may push less important ones off a node.', {
      keepsZero: true,
      default: 'PreemptLowerPriority',
      enum: ['Never', 'PreemptLowerPriority'],
    }),
  },
);
export interface PriorityClass extends KindObject<typeof PriorityClassSchema> {}

export const priorityClasses = kind({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  schema: PriorityClassSchema,
  columns: [
    { name: 'Value', type: 'integer', description: 'The priority.', value: ({ value }) => value ?? 0 },
    {
      name: 'Global-Default',
      type: 'boolean',
      description: 'Whether pods that name no class get it.',
      value: ({ globalDefault }) => globalDefault ?? false,
    },
    age,
    {
      name: 'PreemptionPolicy',
      type: 'string',
      description: 'Whether its pods may push others off a node.',
      value: ({ preemptionPolicy }) => preemptionPolicy ?? '',
    },
  ],
});
