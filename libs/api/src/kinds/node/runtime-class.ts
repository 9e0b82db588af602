import { type Infer, list, map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { Toleration } from '../core/pod/toleration.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const Overhead = message('io.k8s.api.node.v1.Overhead', 'What a pod costs beyond its containers.', {
  podFixed: map('quantity', 1, 'The same for every pod of the class.'),
});
export interface Overhead extends Infer<typeof Overhead> {}

export const Scheduling = message('io.k8s.api.node.v1.Scheduling', 'Which nodes can run pods of a class.', {
  nodeSelector: map('string', 1, "Labels that such nodes have; joined to the pod's own selector.", {
    atomic: true,
  }),
  tolerations: list(Toleration, 2, "Taints that such nodes may have; joined to the pod's tolerations."),
});
export interface Scheduling extends Infer<typeof Scheduling> {}

export const RuntimeClassSchema = message(
  'io.k8s.api.node.v1.RuntimeClass',
  'A way of running the containers of a pod.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    handler: one('string', 2, 'How the container runtime of the nodes calls it.', { required: true }),
    overhead: one(Overhead, 3, 'What a pod costs beyond its containers.'),
    scheduling: one(Scheduling, 4, 'Which nodes can run its pods; all if absent.'),
  },
);
export interface RuntimeClass extends KindObject<typeof RuntimeClassSchema> {}

export const runtimeClasses = kind({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
  schema: RuntimeClassSchema,
  columns: [
    {
      name: 'Handler',
      type: 'string',
      description: 'How the container runtime calls it.',
      value: ({ handler }) => handler,
    },
    age,
  ],
});
