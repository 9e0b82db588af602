import { message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const ControllerRevisionSchema = message(
  'io.k8s.api.apps.v1.ControllerRevision',
  'An earlier state of what a controller keeps, to go back to; it never changes.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    data: one('object', 2, 'The state.'),
    revision: one('int64', 3, 'Its place in the history; the highest is the latest.', {
      required: true,
      keepsZero: true,
    }),
  },
);
export interface ControllerRevision extends KindObject<typeof ControllerRevisionSchema> {}

export const controllerRevisions = kind({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
  schema: ControllerRevisionSchema,
  columns: [
    {
      name: 'Controller',
      type: 'string',
      description: 'Whose state it is.',
      value: ({ metadata }) => {
        const owner = metadata.ownerReferences?.find(({ controller }) => controller);
        if (owner === undefined) return '<none>';
        const [group] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : [''];
        return `${owner.kind}${group ? `.${group}` : ''}`.toLowerCase().concat('/', owner.name);
      },
    },
    {
      name: 'Revision',
      type: 'integer',
      description: 'Its place in the history.',
      value: ({ revision }) => revision,
    },
    age,
  ],
});
