import { message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { formatLabels } from '../../selectors/format-label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { PodTemplateSpec } from './pod/pod-template-spec.ts';
import { templateColumns } from './pod/template-columns.ts';

export const PodTemplateSchema = message(
  'io.k8s.api.core.v1.PodTemplate',
  'A template of pods that stands by itself.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    template: one(PodTemplateSpec, 2, 'What pods made from it look like.', { keepsZero: false }),
  },
);
export interface PodTemplate extends KindObject<typeof PodTemplateSchema> {}

export const podTemplates = kind({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
  schema: PodTemplateSchema,
  columns: [
    ...templateColumns<PodTemplate>(({ template }) => template).map((column) => ({ ...column, priority: 0 })),
    {
      name: 'Pod Labels',
      type: 'string',
      description: 'Labels of pods made from it.',
      value: ({ template }) => formatLabels(template?.metadata?.labels),
    },
  ],
});
