import { expect, test } from 'bun:test';
import type { Attributes, Authorizer, Decision } from './authorizer.ts';
import { PrivilegedGroupAuthorizer } from './privileged-group-authorizer.ts';
import { UnionAuthorizer } from './union-authorizer.ts';

const says = (verdict: Decision['verdict'], reason = ''): Authorizer => ({
  authorize: () => ({ verdict, reason }),
});
const asked = (...groups: string[]): Attributes => ({
  identity: { name: 'u', groups, extra: {} },
  verb: 'get',
  resourceRequest: false,
  apiGroup: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  path: '/',
});

const cases: { name: string; authorizers: Authorizer[]; decision: Decision }[] = [
  { name: 'nobody', authorizers: [], decision: { verdict: 'no-opinion', reason: '' } },
  {
    name: 'the first opinion counts',
    authorizers: [says('no-opinion', 'x'), says('deny', 'y'), says('allow', 'z')],
    decision: { verdict: 'deny', reason: 'y' },
  },
  {
    name: 'without one, all reasons',
    authorizers: [says('no-opinion', 'x'), says('no-opinion'), says('no-opinion', 'z')],
    decision: { verdict: 'no-opinion', reason: 'x\nz' },
  },
];
for (const { name, authorizers, decision } of cases)
  test(name, () => expect(new UnionAuthorizer(authorizers).authorize(asked())).toEqual(decision));

test('system:masters may do everything', () => {
  const authorizer = new PrivilegedGroupAuthorizer();
  expect(authorizer.authorize(asked('system:masters', 'system:authenticated')).verdict).toBe('allow');
  expect(authorizer.authorize(asked('system:authenticated')).verdict).toBe('no-opinion');
});
