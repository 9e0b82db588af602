import { expect, test } from 'bun:test';
import type { Attributes } from './authorizer.ts';
import { forbiddenMessage } from './forbidden-message.ts';

const list: Attributes = {
  identity: { name: 'x', groups: [], extra: {} },
  verb: 'list',
  resourceRequest: true,
  apiGroup: '',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: '',
  path: '',
};

const cases: { name: string; attributes: Partial<Attributes>; reason?: string; says: string }[] = [
  {
    name: 'in a namespace',
    attributes: {},
    says: 'User "x" cannot list resource "pods" in API group "" in the namespace "default"',
  },
  {
    name: 'cluster-wide',
    attributes: { namespace: '', apiGroup: 'apps', resource: 'deployments' },
    says: 'User "x" cannot list resource "deployments" in API group "apps" at the cluster scope',
  },
  {
    name: 'a subresource',
    attributes: { verb: 'get', subresource: 'log', name: 'p' },
    says: 'User "x" cannot get resource "pods/log" in API group "" in the namespace "default"',
  },
  {
    name: 'a path',
    attributes: { resourceRequest: false, verb: 'get', path: '/x' },
    says: 'User "x" cannot get path "/x"',
  },
  {
    name: 'with a reason',
    attributes: { namespace: '' },
    reason: 'RBAC: a <b>',
    says: 'User "x" cannot list resource "pods" in API group "" at the cluster scope: RBAC: a <b>',
  },
  {
    name: 'nothing that a browser takes for HTML',
    attributes: { resourceRequest: false, verb: 'get', path: '/<script>&' },
    says: 'User "x" cannot get path "/&lt;script&gt;&amp;"',
  },
];
for (const { name, attributes, reason, says } of cases)
  test(name, () => expect(forbiddenMessage({ ...list, ...attributes }, reason)).toBe(says));
