import { type Infer, message, one } from '../../../schema/fields.ts';
import { ObjectMeta } from '../../meta/object-meta.ts';
import { PodSpec } from './pod-spec.ts';

export const PodTemplateSpec = message(
  'io.k8s.api.core.v1.PodTemplateSpec',
  'What pods made from a template look like.',
  {
    metadata: one(ObjectMeta, 1, 'Labels and annotations that each pod gets.', { keepsZero: false }),
    spec: one(PodSpec, 2, 'What each pod shall run.', { required: true, inOpenApi: 'optional' }),
  },
);
export interface PodTemplateSpec extends Infer<typeof PodTemplateSpec> {}
