import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@hawser/runtime';
import { stringify } from 'yaml';
import type { ClusterConfiguration } from '../cluster-configuration/cluster-configuration.ts';
import { clusterConfigurationObject, JOINING_OBJECTS } from './joining-manifests.ts';
import { KONNECTIVITY_OBJECTS } from './konnectivity-manifests.ts';
import { writeIfDifferent } from './write-if-different.ts';

interface Binding {
  readonly name: string;
  readonly group: string;
  readonly clusterRole: string;
}

/**
 * What upstream leaves to its installers: its default roles and bindings let a bootstrap token do nothing, give
 * nobody the whole cluster but `system:masters`, and let no hub into kubelets.
 */
const BINDINGS: readonly Binding[] = [
  { name: 'hawser:cluster-admins', group: 'hawser:cluster-admins', clusterRole: 'cluster-admin' },
  {
    name: 'hawser:kubelet-clients',
    group: 'hawser:kubelet-clients',
    clusterRole: 'system:kubelet-api-admin',
  },
  {
    name: 'hawser:kubelet-bootstrap',
    group: 'system:bootstrappers',
    clusterRole: 'system:node-bootstrapper',
  },
  {
    name: 'hawser:node-autoapprove-bootstrap',
    group: 'system:bootstrappers',
    clusterRole: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
  },
  {
    name: 'hawser:node-autoapprove-certificate-rotation',
    group: 'system:nodes',
    clusterRole: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
  },
  // A node's kube-proxy asks with its kubelet's identity: one key a node to keep and to take away.
  { name: 'hawser:node-proxier', group: 'system:nodes', clusterRole: 'system:node-proxier' },
];

/**
 * The controller manager's loop that approves kubelets' serving certificates acts as an account of its own: upstream
 * approves none of them by itself, so its default roles let no loop do it.
 */
const SERVING_APPROVER = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'hawser:kubelet-serving-approver' },
    rules: [
      {
        apiGroups: ['certificates.k8s.io'],
        resources: ['certificatesigningrequests/approval'],
        verbs: ['update'],
      },
      {
        apiGroups: ['certificates.k8s.io'],
        resources: ['signers'],
        resourceNames: ['kubernetes.io/kubelet-serving'],
        verbs: ['approve'],
      },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'hawser:kubelet-serving-approver' },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'hawser:kubelet-serving-approver',
    },
    subjects: [{ kind: 'ServiceAccount', namespace: 'kube-system', name: 'kubelet-serving-approver' }],
  },
];

/**
 * Writes the objects that the hub creates at its start if they are absent; files that exist stay as they are, but
 * for what joining nodes are told of the cluster, which is always as it was said last.
 */
export function writeBootstrapManifests(directory: string, configuration: ClusterConfiguration): void {
  for (const binding of BINDINGS) {
    const path = join(directory, `${binding.name.replace('hawser:', '')}.yaml`);
    if (!existsSync(path)) writeFileAtomic(path, stringify(clusterRoleBinding(binding)), 0o644);
  }
  writeManifest(join(directory, 'kubelet-serving-approver.yaml'), SERVING_APPROVER);
  writeManifest(join(directory, 'konnectivity.yaml'), KONNECTIVITY_OBJECTS);
  writeManifest(join(directory, 'joining.yaml'), JOINING_OBJECTS);
  const said = stringify(clusterConfigurationObject(configuration), { lineWidth: 0 });
  writeIfDifferent(join(directory, 'cluster-configuration.yaml'), said);
}

function writeManifest(path: string, objects: readonly object[]): void {
  const documents = objects
    .map((object) => stringify(object, { aliasDuplicateObjects: false }))
    .join('---\n');
  if (!existsSync(path)) writeFileAtomic(path, documents, 0o644);
}

function clusterRoleBinding({ name, group, clusterRole }: Binding) {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
  };
}
