import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type Column, type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const StorageTokenRequest = message(
  'io.k8s.api.storage.v1.TokenRequest',
  "A token of the pod's service account that a driver wants.",
  {
    audience: one('string', 1, 'For whom the token is; the API server if empty.', {
      keepsZero: true,
      pointer: false,
      inOpenApi: 'required',
    }),
    expirationSeconds: one('int64', 2, 'Lifetime asked for.', { keepsZero: true }),
  },
);
export interface StorageTokenRequest extends Infer<typeof StorageTokenRequest> {}

export const CSIDriverSpec = message('io.k8s.api.storage.v1.CSIDriverSpec', 'What a CSI driver needs.', {
  attachRequired: one('bool', 1, 'Whether volumes are attached to a node before they are mounted.', {
    keepsZero: true,
    default: true,
  }),
  podInfoOnMount: one('bool', 2, 'Whether the driver is told about the pod.', {
    keepsZero: true,
    default: false,
  }),
  volumeLifecycleModes: list('string', 3, 'What volumes it offers.', {
    listType: 'set',
    enum: ['Persistent', 'Ephemeral'],
    enumFaultsAt: 'list',
  }),
  storageCapacity: one('bool', 4, 'Whether the scheduler looks at its capacity.', {
    keepsZero: true,
    default: false,
  }),
  fsGroupPolicy: one('string', 5, 'Whether the kubelet changes whom the files belong to.', {
    keepsZero: true,
    default: 'ReadWriteOnceWithFSType',
    enum: ['File', 'None', 'ReadWriteOnceWithFSType'],
  }),
  tokenRequests: list(StorageTokenRequest, 6, "Tokens of the pod's service account that it wants."),
  requiresRepublish: one('bool', 7, 'Whether it is called again and again for a mounted volume.', {
    keepsZero: true,
    default: false,
  }),
  seLinuxMount: one('bool', 8, 'Whether it mounts with an SELinux context.', {
    keepsZero: true,
    default: false,
  }),
  nodeAllocatableUpdatePeriodSeconds: one(
    'int64',
    9,
    'How often the kubelet asks how many volumes the node can take; at least ten seconds.',
    { keepsZero: true },
  ),
  serviceAccountTokenInSecrets: one('bool', 10, 'Whether tokens are handed over among the secrets.', {
    keepsZero: true,
  }),
  preventPodSchedulingIfMissing: one('bool', 11, 'Whether nodes without the driver take no pods of it.', {
    keepsZero: true,
  }),
});
export interface CSIDriverSpec extends Infer<typeof CSIDriverSpec> {}

export const CSIDriverSchema = message('io.k8s.api.storage.v1.CSIDriver', 'A CSI driver of the cluster.', {
  metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
  spec: one(CSIDriverSpec, 2, 'What it needs.', { required: true }),
});
export interface CSIDriver extends KindObject<typeof CSIDriverSchema> {}

/** The columns of `kubectl get csidrivers` (pkg/printers `printCSIDriver`). */
const columns: readonly Column<CSIDriver>[] = [
  {
    name: 'AttachRequired',
    type: 'boolean',
    description: 'Whether volumes are attached first.',
    value: ({ spec }) => spec.attachRequired ?? true,
  },
  {
    name: 'PodInfoOnMount',
    type: 'boolean',
    description: 'Whether it is told about the pod.',
    value: ({ spec }) => spec.podInfoOnMount ?? false,
  },
  {
    name: 'StorageCapacity',
    type: 'boolean',
    description: 'Whether its capacity counts.',
    value: ({ spec }) => spec.storageCapacity ?? false,
  },
  {
    name: 'TokenRequests',
    type: 'string',
    description: 'Audiences of the tokens that it wants.',
    value: ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>',
  },
  {
    name: 'RequiresRepublish',
    type: 'boolean',
    description: 'Whether it is called again and again.',
    value: ({ spec }) => spec.requiresRepublish ?? false,
  },
  {
    name: 'Modes',
    type: 'string',
    description: 'What volumes it offers.',
    value: ({ spec }) => spec.volumeLifecycleModes?.join(',') || '<none>',
  },
  age,
];

export const csiDrivers = kind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  namespaced: false,
  schema: CSIDriverSchema,
  columns,
});
