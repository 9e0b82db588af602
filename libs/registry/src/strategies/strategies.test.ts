import { describe, expect, test } from 'bun:test';
import { clusterRoles, type Kind, secrets } from '@hawser/api';
import { strategyFor } from './strategy-for.ts';

const faultsOf = (kind: Kind, object: object) =>
  (strategyFor(kind).validate?.({ kind: kind.kind, metadata: { name: 'a' }, ...object } as never) ?? []).map(
    ({ field, type }) => ({ field, type }),
  );

describe('a ClusterRole', () => {
  const aggregated = (...clusterRoleSelectors: object[]) =>
    faultsOf(clusterRoles, { aggregationRule: { clusterRoleSelectors } });
  const at = 'aggregationRule.clusterRoleSelectors[0]';
  const invalid = (field: string) => ({ field: `${at}.${field}`, type: 'FieldValueInvalid' });

  test('aggregates by selectors that can be used', () => {
    const matchExpressions = [
      { key: 'a', operator: 'In', values: ['b'] },
      { key: 'example.com/a', operator: 'Exists' },
    ];
    expect(aggregated({ matchLabels: { a: 'b' } }, { matchExpressions })).toEqual([]);
  });

  const cases: { name: string; selector: object; fault: object }[] = [
    {
      name: 'an operator that is none',
      selector: { matchExpressions: [{ key: 'a', operator: 'Foo' }] },
      fault: invalid('matchExpressions[0].operator'),
    },
    {
      name: 'one that every object has',
      selector: { matchExpressions: [{ key: 'a', operator: 'constructor' }] },
      fault: invalid('matchExpressions[0].operator'),
    },
    {
      name: 'one that selects nodes',
      selector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] },
      fault: invalid('matchExpressions[0].operator'),
    },
    {
      name: 'a key that is none',
      selector: { matchExpressions: [{ key: 'a b', operator: 'Exists' }] },
      fault: invalid('matchExpressions[0].key'),
    },
    {
      name: 'a value that is none',
      selector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['b c'] }] },
      fault: invalid('matchExpressions[0].values[0]'),
    },
    {
      name: 'In without values',
      selector: { matchExpressions: [{ key: 'a', operator: 'In' }] },
      fault: { field: `${at}.matchExpressions[0].values`, type: 'FieldValueRequired' },
    },
    {
      name: 'Exists with values',
      selector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
      fault: { field: `${at}.matchExpressions[0].values`, type: 'FieldValueForbidden' },
    },
    { name: 'a label that is none', selector: { matchLabels: { a: '/' } }, fault: invalid('matchLabels') },
  ];
  for (const { name, selector, fault } of cases)
    test(`does not aggregate by ${name}`, () => expect(aggregated(selector)).toEqual([fault as never]));

  test('does not aggregate by nothing', () => {
    const field = 'aggregationRule.clusterRoleSelectors';
    expect(aggregated()).toEqual([{ field, type: 'FieldValueRequired' }]);
  });
});

describe('a Secret', () => {
  test('may be of a type whose name every object has', () => {
    for (const type of ['constructor', '__proto__', 'toString', 'hasOwnProperty'])
      expect(faultsOf(secrets, { type, data: {} })).toEqual([]);
  });

  test('must have the keys of its type', () => {
    expect(faultsOf(secrets, { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } })).toEqual([
      { field: 'data[tls.key]', type: 'FieldValueRequired' },
    ]);
  });
});
