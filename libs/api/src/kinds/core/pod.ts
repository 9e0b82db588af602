import { message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { podStreams, proxyOf } from './connect-options.ts';
import { podColumns } from './pod/pod-columns.ts';
import { PodSpec } from './pod/pod-spec.ts';
import { PodStatus } from './pod/pod-status.ts';

export const PodSchema = message('io.k8s.api.core.v1.Pod', 'Containers that run together on one node.', {
  metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
  spec: one(PodSpec, 2, 'What shall run.', { required: true, inOpenApi: 'optional' }),
  status: one(PodStatus, 3, 'What was last seen; kept by the system.', { keepsZero: false }),
});
export interface Pod extends KindObject<typeof PodSchema> {}

export const pods = kind({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  schema: PodSchema,
  subresources: {
    ...STATUS,
    log: { verbs: ['get'] },
    ...podStreams,
    ...proxyOf('PodProxyOptions'),
    binding: { verbs: ['create'], kind: { group: '', version: 'v1', kind: 'Binding' } },
    eviction: { verbs: ['create'], kind: { group: 'policy', version: 'v1', kind: 'Eviction' } },
  },
  columns: podColumns,
  fieldLabels: {
    'spec.nodeName': (pod) => pod.spec.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
});
