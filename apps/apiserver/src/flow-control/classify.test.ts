import { expect, test } from 'bun:test';
import { ANONYMOUS, type Identity } from '@hawser/authn';
import { parseRequestInfo } from '@hawser/http';
import { classify } from './classify.ts';

const identity = (name: string, ...groups: string[]): Identity => ({ name, groups, extra: {} });
const node = identity('system:node:a', 'system:nodes', 'system:authenticated');
const account = (namespace: string) =>
  identity(`system:serviceaccount:${namespace}:x`, 'system:serviceaccounts', 'system:authenticated');
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x';

const cases: { who: Identity; method?: string; path: string; schema: string; level: string; flow: string }[] =
  [
    {
      who: identity('admin', 'system:masters'),
      path: '/api/v1/pods',
      schema: 'exempt',
      level: 'exempt',
      flow: '',
    },
    { who: ANONYMOUS, path: '/readyz', schema: 'probes', level: 'exempt', flow: '' },
    {
      who: ANONYMOUS,
      path: '/version',
      schema: 'global-default',
      level: 'global-default',
      flow: 'system:anonymous',
    },
    {
      who: identity('system:kube-scheduler'),
      method: 'PUT',
      path: LEASE,
      schema: 'system-leader-election',
      level: 'leader-election',
      flow: 'system:kube-scheduler',
    },
    {
      who: account('kube-system'),
      method: 'PUT',
      path: LEASE,
      schema: 'system-leader-election',
      level: 'leader-election',
      flow: 'system:serviceaccount:kube-system:x',
    },
    {
      who: account('kube-system'),
      method: 'DELETE',
      path: LEASE,
      schema: 'kube-system-service-accounts',
      level: 'workload-high',
      flow: 'kube-system',
    },
    {
      who: node,
      method: 'PUT',
      path: LEASE,
      schema: 'system-node-high',
      level: 'node-high',
      flow: 'system:node:a',
    },
    {
      who: node,
      method: 'PATCH',
      path: '/api/v1/nodes/a/status',
      schema: 'system-node-high',
      level: 'node-high',
      flow: 'system:node:a',
    },
    {
      who: node,
      path: '/api/v1/nodes/a/proxy/x',
      schema: 'system-nodes',
      level: 'system',
      flow: 'system:node:a',
    },
    { who: node, path: '/api/v1/pods', schema: 'system-nodes', level: 'system', flow: 'system:node:a' },
    {
      who: identity('system:kube-controller-manager'),
      path: '/api/v1/namespaces/x/pods',
      schema: 'kube-controller-manager',
      level: 'workload-high',
      flow: 'x',
    },
    {
      who: account('default'),
      path: '/api/v1/pods',
      schema: 'service-accounts',
      level: 'workload-low',
      flow: 'system:serviceaccount:default:x',
    },
    {
      who: identity('jane'),
      method: 'PUT',
      path: LEASE,
      schema: 'global-default',
      level: 'global-default',
      flow: 'jane',
    },
  ];
for (const { who, method = 'GET', path, schema, level, flow } of cases)
  test(`${method} ${path} by ${who.name} is ${schema}`, () => {
    expect(classify(who, parseRequestInfo(method, path))).toEqual({
      flowSchema: schema,
      priorityLevel: level as never,
      flow,
    });
  });
