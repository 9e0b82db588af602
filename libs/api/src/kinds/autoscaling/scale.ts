import { type Infer, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, type Subresource } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const ScaleSpec = message('io.k8s.api.autoscaling.v1.ScaleSpec', 'How many pods there shall be.', {
  replicas: one('int32', 1, 'How many pods there shall be.'),
});
export interface ScaleSpec extends Infer<typeof ScaleSpec> {}

export const ScaleStatus = message('io.k8s.api.autoscaling.v1.ScaleStatus', 'How many pods there are.', {
  replicas: one('int32', 1, 'How many pods were last seen.', { keepsZero: true, required: true }),
  selector: one('string', 2, 'Selects these pods, in its text form.'),
});
export interface ScaleStatus extends Infer<typeof ScaleStatus> {}

export const ScaleSchema = message(
  'io.k8s.api.autoscaling.v1.Scale',
  'The size of something that keeps pods, whatever its kind.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(ScaleSpec, 2, 'The size that is wanted.', { keepsZero: false }),
    status: one(ScaleStatus, 3, 'The size that was last seen.', { keepsZero: false }),
  },
);
export interface Scale extends KindObject<typeof ScaleSchema> {}

export const scales = kind({
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  plural: 'scales',
  namespaced: true,
  verbs: ['get', 'patch', 'update'],
  schema: ScaleSchema,
});

/** The `scale` subresource of kinds that keep a number of pods. */
export const SCALE: Readonly<Record<string, Subresource>> = {
  scale: {
    verbs: ['get', 'patch', 'update'],
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  },
};
