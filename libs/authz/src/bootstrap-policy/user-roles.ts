import type { ClusterRole } from '@hawser/api';
import {
  aggregatedRole,
  clusterRole,
  Group,
  pathRule,
  READ,
  READ_WRITE,
  rule,
  WRITE,
} from './policy-builders.ts';

const TO_ADMIN = 'rbac.authorization.k8s.io/aggregate-to-admin';
const TO_EDIT = 'rbac.authorization.k8s.io/aggregate-to-edit';
const TO_VIEW = 'rbac.authorization.k8s.io/aggregate-to-view';

const POD_CONNECTIONS = ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'];
const HEALTH = ['/healthz', '/livez', '/readyz'];
const VERSION = ['/version', '/version/'];

const view = [
  rule(READ, Group.core, [
    'configmaps',
    'endpoints',
    'persistentvolumeclaims',
    'persistentvolumeclaims/status',
    'pods',
    'replicationcontrollers',
    'replicationcontrollers/scale',
    'serviceaccounts',
    'services',
    'services/status',
  ]),
  rule(READ, Group.core, [
    'bindings',
    'limitranges',
    'namespaces/status',
    'pods/log',
    'pods/status',
    'replicationcontrollers/status',
    'resourcequotas',
    'resourcequotas/status',
  ]),
  // Bound in a namespace, this is that one namespace.
  rule(READ, Group.core, 'namespaces'),
  rule(READ, [Group.core, Group.events], 'events'),
  rule(READ, Group.discovery, 'endpointslices'),
  rule(READ, Group.apps, [
    'controllerrevisions',
    'daemonsets',
    'daemonsets/status',
    'deployments',
    'deployments/scale',
    'deployments/status',
    'replicasets',
    'replicasets/scale',
    'replicasets/status',
    'statefulsets',
    'statefulsets/scale',
    'statefulsets/status',
  ]),
  rule(READ, Group.autoscaling, ['horizontalpodautoscalers', 'horizontalpodautoscalers/status']),
  rule(READ, Group.batch, ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status']),
  rule(READ, Group.extensions, [
    'daemonsets',
    'daemonsets/status',
    'deployments',
    'deployments/scale',
    'deployments/status',
    'ingresses',
    'ingresses/status',
    'networkpolicies',
    'replicasets',
    'replicasets/scale',
    'replicasets/status',
    'replicationcontrollers/scale',
  ]),
  rule(READ, Group.policy, ['poddisruptionbudgets', 'poddisruptionbudgets/status']),
  rule(READ, Group.networking, ['ingresses', 'ingresses/status', 'networkpolicies']),
  rule(READ, Group.resource, ['resourceclaims', 'resourceclaims/status', 'resourceclaimtemplates']),
];

const edit = [
  // What lets one act as something else is not for viewers.
  rule(READ, Group.core, [...POD_CONNECTIONS, 'secrets', 'services/proxy']),
  rule('impersonate', Group.core, 'serviceaccounts'),
  rule(WRITE, Group.core, ['pods', ...POD_CONNECTIONS]),
  rule('create', Group.core, 'pods/eviction'),
  // Endpoints are not among them: they could lead a Service out of the namespace (CVE-2021-25740).
  rule(WRITE, Group.core, [
    'configmaps',
    'persistentvolumeclaims',
    'replicationcontrollers',
    'replicationcontrollers/scale',
    'secrets',
    'serviceaccounts',
    'services',
    'services/proxy',
  ]),
  rule('create', Group.core, 'serviceaccounts/token'),
  rule(WRITE, [Group.core, Group.events], 'events'),
  rule(WRITE, Group.apps, [
    'daemonsets',
    'deployments',
    'deployments/rollback',
    'deployments/scale',
    'replicasets',
    'replicasets/scale',
    'statefulsets',
    'statefulsets/scale',
  ]),
  rule(WRITE, Group.autoscaling, 'horizontalpodautoscalers'),
  rule(WRITE, Group.batch, ['cronjobs', 'jobs']),
  rule(WRITE, Group.extensions, [
    'daemonsets',
    'deployments',
    'deployments/rollback',
    'deployments/scale',
    'ingresses',
    'networkpolicies',
    'replicasets',
    'replicasets/scale',
    'replicationcontrollers/scale',
  ]),
  rule(WRITE, Group.policy, 'poddisruptionbudgets'),
  rule(WRITE, Group.networking, ['ingresses', 'networkpolicies']),
  rule(READ_WRITE, Group.coordination, 'leases'),
  rule(WRITE, Group.resource, ['resourceclaims', 'resourceclaimtemplates']),
];

const admin = [
  rule('create', Group.authorization, 'localsubjectaccessreviews'),
  rule(READ_WRITE, Group.rbac, ['rolebindings', 'roles']),
];

/** Roles for people, and what everyone has. */
export const userRoles: readonly ClusterRole[] = [
  clusterRole('cluster-admin', [rule('*', Group.all, '*'), pathRule('*', '*')]),
  aggregatedRole('admin', TO_ADMIN),
  aggregatedRole('edit', TO_EDIT, { [TO_ADMIN]: 'true' }),
  aggregatedRole('view', TO_VIEW, { [TO_EDIT]: 'true' }),
  clusterRole('system:aggregate-to-admin', admin, { [TO_ADMIN]: 'true' }),
  clusterRole('system:aggregate-to-edit', edit, { [TO_EDIT]: 'true' }),
  clusterRole('system:aggregate-to-view', view, { [TO_VIEW]: 'true' }),
  clusterRole('system:basic-user', [
    rule('create', Group.authorization, ['selfsubjectaccessreviews', 'selfsubjectrulesreviews']),
    rule('create', Group.authentication, 'selfsubjectreviews'),
  ]),
  clusterRole('system:discovery', [
    pathRule('get', [
      ...HEALTH,
      ...VERSION,
      ...['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'],
    ]),
  ]),
  clusterRole('system:public-info-viewer', [pathRule('get', [...HEALTH, ...VERSION])]),
  clusterRole('system:monitoring', [
    pathRule('get', [...HEALTH, ...HEALTH.map((path) => `${path}/*`), '/metrics', '/metrics/slis']),
    rule('get', Group.core, 'nodes/metrics'),
  ]),
  clusterRole('system:service-account-issuer-discovery', [
    pathRule('get', [
      '/.well-known/openid-configuration',
      '/.well-known/openid-configuration/',
      '/openid/v1/jwks',
      '/openid/v1/jwks/',
    ]),
  ]),
];
