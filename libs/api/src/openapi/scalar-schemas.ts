import type { ScalarName } from '../schema/fields.ts';
import type { OpenApiSchema } from './open-api-types.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Scalars that upstream gives schemas of their own; `explain` shows their last name as the type. */
export const namedScalars: Readonly<Partial<Record<ScalarName, { name: string; schema: OpenApiSchema }>>> = {
  time: {
    name: `${META}.Time`,
    schema: { type: 'string', format: 'date-time', description: 'A moment, in RFC 3339 to the second.' },
  },
  microTime: {
    name: `${META}.MicroTime`,
    schema: { type: 'string', format: 'date-time', description: 'A moment, in RFC 3339 to the microsecond.' },
  },
  duration: {
    name: `${META}.Duration`,
    schema: { type: 'string', description: 'A span of time such as 1h30m.' },
  },
  fieldsV1: {
    name: `${META}.FieldsV1`,
    schema: {
      type: 'object',
      description: 'A set of fields, as a tree of `f:name`, `k:{keys}` and `v:value`.',
    },
  },
  object: {
    name: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
    schema: { type: 'object', description: 'Any object, kept as it came.' },
  },
  quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    schema: {
      oneOf: [{ type: 'string' }, { type: 'number' }],
      description: 'An amount with a suffix such as m, k, Mi or Gi: 500m is a half, 1Ki is 1024.',
    },
  },
  intOrString: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    schema: {
      oneOf: [{ type: 'integer' }, { type: 'string' }],
      format: 'int-or-string',
      description: 'A number, or a name or percentage that stands for one.',
    },
  },
};

/** Scalars whose schema stands in place. */
export const plainScalars: Readonly<Partial<Record<ScalarName, OpenApiSchema>>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  stringList: { type: 'array', items: { type: 'string' } },
};
