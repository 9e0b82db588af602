import { type Infer, message, one } from '../../../schema/fields.ts';

export const ConfigMapNodeConfigSource = message(
  'io.k8s.api.core.v1.ConfigMapNodeConfigSource',
  "Deprecated: a ConfigMap with a kubelet's configuration.",
  {
    namespace: one('string', 1, 'Namespace of the ConfigMap.', { required: true }),
    name: one('string', 2, 'Name of the ConfigMap.', { required: true }),
    uid: one('string', 3, 'UID of the ConfigMap.'),
    resourceVersion: one('string', 4, 'Version of the ConfigMap.'),
    kubeletConfigKey: one('string', 5, 'Key that holds the configuration.', { required: true }),
  },
);
export interface ConfigMapNodeConfigSource extends Infer<typeof ConfigMapNodeConfigSource> {}

export const NodeConfigSource = message(
  'io.k8s.api.core.v1.NodeConfigSource',
  "Deprecated: where a kubelet's configuration comes from.",
  {
    configMap: one(ConfigMapNodeConfigSource, 2, 'A ConfigMap.'),
  },
);
export interface NodeConfigSource extends Infer<typeof NodeConfigSource> {}

export const NodeConfigStatus = message(
  'io.k8s.api.core.v1.NodeConfigStatus',
  'Deprecated: which configuration a kubelet uses.',
  {
    assigned: one(NodeConfigSource, 1, 'The one that it shall use.'),
    active: one(NodeConfigSource, 2, 'The one that it uses.'),
    lastKnownGood: one(NodeConfigSource, 3, 'The one that it falls back to.'),
    error: one('string', 4, 'Why it does not use the one assigned.'),
  },
);
export interface NodeConfigStatus extends Infer<typeof NodeConfigStatus> {}
