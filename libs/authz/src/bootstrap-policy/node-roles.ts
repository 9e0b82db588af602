import type { ClusterRole } from '@hawser/api';
import { nodeRules } from './node-rules.ts';
import { clusterRole, EVENTS, Group, READ, rule } from './policy-builders.ts';

/** Roles of what runs on nodes, and of those who talk to nodes. */
export const nodeRoles: readonly ClusterRole[] = [
  clusterRole('system:node', [...nodeRules]),
  clusterRole('system:node-bootstrapper', [
    rule(['create', ...READ], Group.certificates, 'certificatesigningrequests'),
  ]),
  clusterRole('system:node-problem-detector', [
    rule('get', Group.core, 'nodes'),
    rule('patch', Group.core, 'nodes/status'),
    EVENTS,
  ]),
  clusterRole('system:node-proxier', [
    rule(['list', 'watch'], Group.core, ['endpoints', 'services']),
    rule(READ, Group.core, 'nodes'),
    EVENTS,
    rule(['list', 'watch'], Group.networking, 'servicecidrs'),
    rule(['list', 'watch'], Group.discovery, 'endpointslices'),
  ]),
  clusterRole('system:kubelet-api-admin', [
    rule(READ, Group.core, 'nodes'),
    rule('proxy', Group.core, 'nodes'),
    rule('*', Group.core, ['nodes/log', 'nodes/metrics', 'nodes/proxy', 'nodes/stats']),
    rule('*', Group.core, ['nodes/configz', 'nodes/healthz', 'nodes/pods']),
  ]),
];
