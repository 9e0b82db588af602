import { type Infer, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const IngressClassParametersReference = message(
  'io.k8s.api.networking.v1.IngressClassParametersReference',
  'Names an object with further settings.',
  {
    apiGroup: one('string', 1, 'Its group; absent for the core group.', { keepsZero: true }),
    kind: one('string', 2, 'Its kind.', { required: true }),
    name: one('string', 3, 'Its name.', { required: true }),
    scope: one('string', 4, 'Whether it belongs to the cluster or to a namespace.', {
      keepsZero: true,
      default: 'Cluster',
      enum: ['Cluster', 'Namespace'],
    }),
    namespace: one('string', 5, 'Its namespace, where it belongs to one.', { keepsZero: true }),
  },
);
export interface IngressClassParametersReference extends Infer<typeof IngressClassParametersReference> {}

export const IngressClassSpec = message(
  'io.k8s.api.networking.v1.IngressClassSpec',
  'Who serves the class.',
  {
    controller: one('string', 1, 'The controller, as a domain and a path.'),
    parameters: one(IngressClassParametersReference, 2, 'Further settings for it.'),
  },
);
export interface IngressClassSpec extends Infer<typeof IngressClassSpec> {}

export const IngressClassSchema = message(
  'io.k8s.api.networking.v1.IngressClass',
  'Says who serves the Ingresses that name it.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(IngressClassSpec, 2, 'Who serves it.', { required: true, inOpenApi: 'optional' }),
  },
);
export interface IngressClass extends KindObject<typeof IngressClassSchema> {}

export const ingressClasses = kind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  schema: IngressClassSchema,
  columns: [
    {
      name: 'Controller',
      type: 'string',
      description: 'Who serves it.',
      value: ({ spec }) => spec.controller ?? '',
    },
    {
      name: 'Parameters',
      type: 'string',
      description: 'Object with further settings.',
      value: ({ spec: { parameters } }) => {
        if (parameters === undefined) return '<none>';
        const group = parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
        return `${parameters.kind}${group}/${parameters.name}`;
      },
    },
    age,
  ],
});
