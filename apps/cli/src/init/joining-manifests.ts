import {
  CLUSTER_CONFIGURATION_KEY,
  CLUSTER_CONFIGURATION_NAME,
  CLUSTER_CONFIGURATION_NAMESPACE,
  type ClusterConfiguration,
  formatClusterConfiguration,
} from '../cluster-configuration/cluster-configuration.ts';

const RBAC = 'rbac.authorization.k8s.io';
const BOOTSTRAPPERS = group('system:bootstrappers');

/**
 * Who may read what a node must know before it is one, as kubeadm has it (its names begin with `kubeadm:`): anybody
 * `cluster-info`, joining nodes whether their name is taken; and what the loop needs that publishes `cluster-info`.
 */
export const JOINING_OBJECTS = [
  ...grant(
    { kind: 'Role', name: 'hawser:bootstrap-signer-clusterinfo', namespace: 'kube-public' },
    [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'], verbs: ['get'] }],
    // Who has shown who they are may read it as well as who has not.
    [{ apiGroup: RBAC, kind: 'User', name: 'system:anonymous' }, group('system:authenticated')],
  ),
  ...grant(
    { kind: 'Role', name: 'hawser:cluster-info-publisher', namespace: 'kube-public' },
    [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'], verbs: ['update'] },
    ],
    [{ kind: 'ServiceAccount', namespace: 'kube-system', name: 'cluster-info-publisher' }],
  ),
  ...grant(
    { kind: 'Role', name: 'hawser:cluster-configuration', namespace: CLUSTER_CONFIGURATION_NAMESPACE },
    [
      {
        apiGroups: [''],
        resources: ['configmaps'],
        resourceNames: [CLUSTER_CONFIGURATION_NAME],
        verbs: ['get'],
      },
    ],
    [BOOTSTRAPPERS, group('system:nodes')],
  ),
  ...grant(
    { kind: 'ClusterRole', name: 'hawser:get-nodes' },
    [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }],
    [BOOTSTRAPPERS],
  ),
];

/** The ConfigMap that tells joining nodes of the cluster; the hub brings it up to date at its start. */
export function clusterConfigurationObject(configuration: ClusterConfiguration) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: CLUSTER_CONFIGURATION_NAME,
      namespace: CLUSTER_CONFIGURATION_NAMESPACE,
      labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' },
    },
    data: { [CLUSTER_CONFIGURATION_KEY]: formatClusterConfiguration(configuration) },
  };
}

function group(name: string) {
  return { apiGroup: RBAC, kind: 'Group', name };
}

interface RoleName {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  readonly namespace?: string;
}

/** A role, and a binding of the same name that gives it to the subjects. */
function grant({ kind, ...metadata }: RoleName, rules: readonly object[], subjects: readonly object[]) {
  const apiVersion = `${RBAC}/v1`;
  const roleRef = { apiGroup: RBAC, kind, name: metadata.name };
  return [
    { apiVersion, kind, metadata, rules },
    { apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects },
  ];
}
