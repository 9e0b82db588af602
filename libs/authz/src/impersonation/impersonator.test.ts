import { describe, expect, test } from 'bun:test';
import { type Identity, parseImpersonation } from '@hawser/authn';
import type { Attributes, Authorizer } from '../authorizer.ts';
import { forbiddenMessage } from '../forbidden-message.ts';
import { Impersonator } from './impersonator.ts';

const requestor: Identity = { name: 'tester', groups: [], extra: {} };
const request: Attributes = {
  ...{ identity: requestor, verb: 'list', resourceRequest: true, apiGroup: '', resource: 'pods' },
  ...{ subresource: '', namespace: 'ns', name: '', path: '' },
};
const AUTHN = 'authentication.k8s.io';

/** `VERB GROUP/RESOURCE[/SUBRESOURCE] NAMESPACE/NAME`, with `-` for what is empty. */
function spelled({ verb, apiGroup, resource, subresource, namespace, name }: Attributes): string {
  const what = [apiGroup || '-', resource, ...(subresource ? [subresource] : [])].join('/');
  return `${verb} ${what} ${namespace || '-'}/${name || '-'}`;
}

/** Allows what is listed, and keeps what was asked. */
function authority(...allowed: string[]) {
  const asked: string[] = [];
  const authorizer: Authorizer = {
    authorize(attributes) {
      const question = spelled(attributes);
      asked.push(question);
      return { verdict: allowed.includes(question) ? 'allow' : 'no-opinion', reason: '' };
    },
  };
  return { authorizer, asked };
}

function headersOf(
  user: string,
  groups: readonly string[] = [],
  extra: Record<string, string> = {},
): string[] {
  return [
    ...['Impersonate-User', user],
    ...groups.flatMap((group) => ['Impersonate-Group', group]),
    ...Object.entries(extra).flatMap(([key, value]) => [
      `Impersonate-Extra-${encodeURIComponent(key)}`,
      value,
    ]),
  ];
}

function outcomeOf(allowed: string[], headers: string[], identity = requestor, attributes = request) {
  const { authorizer, asked } = authority(...allowed);
  const outcome = new Impersonator(authorizer).impersonate(parseImpersonation(headers)!, {
    ...attributes,
    identity,
  });
  return { outcome, asked };
}

const onPods = (mode: string) => `impersonate-on:${mode}:list -/pods ns/-`;
const bound = (...nodes: string[]): Identity => ({
  name: 'system:serviceaccount:ns:agent',
  groups: [],
  extra: { 'authentication.kubernetes.io/node-name': nodes },
});

describe('is allowed', () => {
  const cases: {
    name: string;
    allowed: string[];
    headers: string[];
    identity?: Identity;
    constraint?: string;
    groups: string[];
  }[] = [
    {
      name: 'by the verb impersonate, for every request',
      allowed: ['impersonate -/users -/jane', 'impersonate -/groups -/dev'],
      headers: headersOf('jane', ['dev']),
      groups: ['dev', 'system:authenticated'],
    },
    {
      name: 'of a user for one sort of request',
      allowed: [
        onPods('user-info'),
        `impersonate:user-info ${AUTHN}/users -/jane`,
        `impersonate:user-info ${AUTHN}/groups -/dev`,
        `impersonate:user-info ${AUTHN}/userextras/acme.io/project -/p`,
      ],
      headers: headersOf('jane', ['dev'], { 'acme.io/project': 'p' }),
      constraint: 'impersonate:user-info',
      groups: ['dev', 'system:authenticated'],
    },
    {
      name: 'of many groups at once',
      allowed: [
        onPods('user-info'),
        `impersonate:user-info ${AUTHN}/users -/jane`,
        `impersonate:user-info ${AUTHN}/groups -/*`,
      ],
      headers: headersOf('jane', ['a', 'b', 'c', 'd']),
      constraint: 'impersonate:user-info',
      groups: ['a', 'b', 'c', 'd', 'system:authenticated'],
    },
    {
      name: 'of a service account, with its groups',
      allowed: [onPods('serviceaccount'), `impersonate:serviceaccount ${AUTHN}/serviceaccounts ns/robot`],
      headers: headersOf('system:serviceaccount:ns:robot'),
      constraint: 'impersonate:serviceaccount',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
    },
    {
      name: 'of any node',
      allowed: [onPods('arbitrary-node'), `impersonate:arbitrary-node ${AUTHN}/nodes -/n1`],
      headers: headersOf('system:node:n1'),
      constraint: 'impersonate:arbitrary-node',
      groups: ['system:nodes', 'system:authenticated'],
    },
    {
      name: 'of the node on which the pod of the requestor runs',
      allowed: [onPods('associated-node'), `impersonate:associated-node ${AUTHN}/nodes -/*`],
      headers: headersOf('system:node:n1'),
      identity: bound('n1'),
      constraint: 'impersonate:associated-node',
      groups: ['system:nodes', 'system:authenticated'],
    },
    {
      name: 'of system:masters by the verb impersonate alone',
      allowed: [
        onPods('user-info'),
        `impersonate:user-info ${AUTHN}/users -/root`,
        `impersonate:user-info ${AUTHN}/groups -/system:masters`,
        'impersonate -/users -/root',
        'impersonate -/groups -/system:masters',
      ],
      headers: headersOf('root', ['system:masters']),
      groups: ['system:masters', 'system:authenticated'],
    },
  ];
  for (const { name, allowed, headers, identity, constraint, groups } of cases)
    test(name, () => {
      const { outcome } = outcomeOf(allowed, headers, identity);
      expect(outcome).toMatchObject({ impersonated: { identity: { name: headers[1]!, groups } } });
      expect('impersonated' in outcome && outcome.impersonated.constraint).toBe(constraint);
    });
});

describe('is refused', () => {
  const cases: {
    name: string;
    allowed?: string[];
    headers: string[];
    identity?: Identity;
    message: string;
  }[] = [
    {
      name: 'with what the narrowest mode lacks',
      headers: headersOf('jane'),
      message:
        'User "tester" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "ns"',
    },
    {
      name: 'of a user whom the requestor may not be',
      allowed: [onPods('user-info')],
      headers: headersOf('jane'),
      message:
        'User "tester" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope',
    },
    {
      name: 'for requests of another sort',
      allowed: ['impersonate-on:user-info:get -/pods ns/-', `impersonate:user-info ${AUTHN}/users -/jane`],
      headers: headersOf('jane'),
      message:
        'User "tester" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "ns"',
    },
    {
      name: 'of system:masters by a constrained verb',
      allowed: [
        onPods('user-info'),
        `impersonate:user-info ${AUTHN}/users -/root`,
        `impersonate:user-info ${AUTHN}/groups -/system:masters`,
      ],
      headers: headersOf('root', ['system:masters']),
      message:
        'User "tester" cannot impersonate:user-info resource "groups" in API group "authentication.k8s.io" at the cluster scope: impersonating the system:masters group is not allowed',
    },
    {
      name: 'of an extra without a domain',
      allowed: [onPods('user-info'), `impersonate:user-info ${AUTHN}/users -/jane`],
      headers: headersOf('jane', [], { scopes: 'view' }),
      message:
        'User "tester" cannot impersonate:user-info resource "userextras" in API group "authentication.k8s.io" at the cluster scope: impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "scopes": must be a domain-prefixed path (such as "acme.io/foo")',
    },
    {
      name: 'of a node with groups, for which there is the verb impersonate alone',
      allowed: [onPods('arbitrary-node'), `impersonate:arbitrary-node ${AUTHN}/nodes -/n1`],
      headers: headersOf('system:node:n1', ['system:masters']),
      message: 'User "tester" cannot impersonate resource "users" in API group "" at the cluster scope',
    },
    {
      name: 'of another node than that of the pod',
      allowed: [onPods('associated-node'), `impersonate:associated-node ${AUTHN}/nodes -/*`],
      headers: headersOf('system:node:n2'),
      identity: bound('n1'),
      message:
        'User "system:serviceaccount:ns:agent" cannot impersonate-on:arbitrary-node:list resource "pods" in API group "" in the namespace "ns"',
    },
    {
      name: 'of a node by a token that names two',
      allowed: [onPods('associated-node'), `impersonate:associated-node ${AUTHN}/nodes -/*`],
      headers: headersOf('system:node:n1'),
      identity: bound('n1', 'n2'),
      message:
        'User "system:serviceaccount:ns:agent" cannot impersonate-on:arbitrary-node:list resource "pods" in API group "" in the namespace "ns"',
    },
  ];
  for (const { name, allowed = [], headers, identity, message } of cases)
    test(name, () => {
      const { outcome } = outcomeOf(allowed, headers, identity);
      if (!('refusal' in outcome)) throw new Error('allowed');
      expect(forbiddenMessage(outcome.refusal.attributes, outcome.refusal.reason)).toBe(message);
    });
});

test('what let a requestor pass last is tried first, and its refusal is told', () => {
  const { authorizer, asked } = authority('impersonate -/users -/jane');
  const impersonator = new Impersonator(authorizer);
  impersonator.impersonate(parseImpersonation(headersOf('jane'))!, request);
  expect(asked).toEqual([onPods('user-info'), 'impersonate -/users -/jane']);
  asked.length = 0;
  impersonator.impersonate(parseImpersonation(headersOf('jane'))!, request);
  expect(asked).toEqual(['impersonate -/users -/jane']);
  const outcome = impersonator.impersonate(parseImpersonation(headersOf('john'))!, request);
  expect(outcome).toMatchObject({ refusal: { attributes: { verb: 'impersonate', name: 'john' } } });
});
