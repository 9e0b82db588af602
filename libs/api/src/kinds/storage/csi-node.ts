import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const VolumeNodeResources = message(
  'io.k8s.api.storage.v1.VolumeNodeResources',
  'How many volumes of a driver a node can take.',
  {
    count: one('int32', 1, 'The most that can be used at a time; no bound if absent.', { keepsZero: true }),
  },
);
export interface VolumeNodeResources extends Infer<typeof VolumeNodeResources> {}

export const CSINodeDriver = message('io.k8s.api.storage.v1.CSINodeDriver', 'A CSI driver on a node.', {
  name: one('string', 1, 'Name of the driver.', { required: true }),
  nodeID: one('string', 2, 'How the driver calls the node.', { required: true }),
  topologyKeys: list('string', 3, 'Labels of the node by which the driver tells where it is.', {
    keepsZero: true,
  }),
  allocatable: one(VolumeNodeResources, 4, 'How many volumes the node can take.'),
});
export interface CSINodeDriver extends Infer<typeof CSINodeDriver> {}

export const CSINodeSpec = message('io.k8s.api.storage.v1.CSINodeSpec', 'The CSI drivers of a node.', {
  drivers: list(CSINodeDriver, 1, 'The drivers.', { required: true, mapKeys: ['name'], mergeKey: 'name' }),
});
export interface CSINodeSpec extends Infer<typeof CSINodeSpec> {}

export const CSINodeSchema = message(
  'io.k8s.api.storage.v1.CSINode',
  'What CSI drivers a node has; its name is that of the node.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(CSINodeSpec, 2, 'The drivers of the node.', { required: true }),
  },
);
export interface CSINode extends KindObject<typeof CSINodeSchema> {}

export const csiNodes = kind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  namespaced: false,
  schema: CSINodeSchema,
  columns: [
    {
      name: 'Drivers',
      type: 'integer',
      description: 'Number of drivers on the node.',
      value: ({ spec }) => spec.drivers?.length ?? 0,
    },
    age,
  ],
});
