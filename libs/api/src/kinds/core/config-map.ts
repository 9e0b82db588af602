import { map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const ConfigMapSchema = message(
  'io.k8s.api.core.v1.ConfigMap',
  'Configuration that pods can consume.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    data: map('string', 2, 'UTF-8 values by key.'),
    binaryData: map('bytes', 3, 'Values that are not UTF-8, by key; keys must not repeat those of data.'),
    immutable: one('bool', 4, 'When true, the data can no longer change.', { keepsZero: true }),
  },
);
export interface ConfigMap extends KindObject<typeof ConfigMapSchema> {}

export const configMaps = kind({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  schema: ConfigMapSchema,
  columns: [
    {
      name: 'Data',
      type: 'string',
      description: 'Number of entries.',
      value: (configMap) =>
        Object.keys(configMap.data ?? {}).length + Object.keys(configMap.binaryData ?? {}).length,
    },
    age,
  ],
});
