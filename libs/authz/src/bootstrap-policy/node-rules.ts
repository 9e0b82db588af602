import type { PolicyRule } from '@hawser/api';
import { Group, READ, rule } from './policy-builders.ts';

/**
 * The rules of `system:node`. Nobody is bound to the role: the Node authorizer goes by these rules where it
 * does not look at single objects.
 */
export const nodeRules: readonly PolicyRule[] = [
  rule('create', Group.authentication, 'tokenreviews'),
  rule('create', Group.authorization, ['localsubjectaccessreviews', 'subjectaccessreviews']),
  rule(READ, Group.core, 'services'),
  rule(['create', ...READ], Group.core, 'nodes'),
  rule(['patch', 'update'], Group.core, 'nodes/status'),
  rule(['patch', 'update'], Group.core, 'nodes'),
  rule(['create', 'patch', 'update'], [Group.core, Group.events], 'events'),
  rule(READ, Group.core, 'pods'),
  rule(['create', 'delete'], Group.core, 'pods'),
  rule(['patch', 'update'], Group.core, 'pods/status'),
  rule('create', Group.core, 'pods/eviction'),
  rule(READ, Group.core, ['configmaps', 'secrets']),
  rule('get', Group.core, ['persistentvolumeclaims', 'persistentvolumes']),
  rule('get', Group.core, 'endpoints'),
  rule(['create', ...READ], Group.certificates, 'certificatesigningrequests'),
  rule(['create', 'delete', 'get', 'patch', 'update'], Group.coordination, 'leases'),
  rule('get', Group.storage, 'volumeattachments'),
  rule('create', Group.core, 'serviceaccounts/token'),
  rule(['get', 'patch', 'update'], Group.core, 'persistentvolumeclaims/status'),
  rule(READ, Group.storage, 'csidrivers'),
  rule(['create', 'delete', 'get', 'patch', 'update'], Group.storage, 'csinodes'),
  rule(READ, Group.node, 'runtimeclasses'),
  rule('get', Group.resource, 'resourceclaims'),
  rule('deletecollection', Group.resource, 'resourceslices'),
  rule('get', Group.core, 'serviceaccounts'),
];
