import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseFieldSelector } from './field-selector.ts';
import { matchesLabels, parseLabelSelector, SelectorError, selectorOf } from './label-selector.ts';

const labels = { app: 'web', tier: 'front', rank: '7', 'example.com/owner': 'a' };

describe('label selectors', () => {
  const cases: { selector: string; matches: boolean }[] = [
    { selector: '', matches: true },
    { selector: 'app=web', matches: true },
    { selector: 'app==web,tier=front', matches: true },
    { selector: 'app=web,tier=back', matches: false },
    { selector: 'app!=web', matches: false },
    { selector: 'missing!=web', matches: true },
    { selector: 'app in (web, db)', matches: true },
    { selector: 'app in (db,)', matches: false },
    { selector: 'missing in (,)', matches: false },
    { selector: 'app notin (db)', matches: true },
    { selector: 'missing notin (db)', matches: true },
    { selector: 'app', matches: true },
    { selector: '!app', matches: false },
    { selector: '!missing', matches: true },
    { selector: 'rank>6,rank<8', matches: true },
    { selector: 'rank>7', matches: false },
    { selector: 'example.com/owner=a', matches: true },
    { selector: 'app=', matches: false },
    { selector: '  app = web , tier ', matches: true },
  ];
  for (const { selector, matches } of cases)
    test(JSON.stringify(selector), () =>
      expect(matchesLabels(parseLabelSelector(selector), labels)).toBe(matches),
    );

  for (const selector of [
    '=a',
    'a=b=c',
    'a in b',
    'a in (b',
    '!',
    'a,,b',
    '-a=b',
    'a=b c',
    'a>x',
    'toString(',
  ])
    test(`refuses ${JSON.stringify(selector)}`, () =>
      expect(() => parseLabelSelector(selector)).toThrow(SelectorError));

  test('never takes a property of objects for a label', () => {
    expect(matchesLabels(parseLabelSelector('toString'), {})).toBe(false);
  });

  test('survives any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          matchesLabels(parseLabelSelector(text), labels);
        } catch (error) {
          if (!(error instanceof SelectorError)) throw error;
        }
      }),
    );
  });

  for (const operator of ['Foo', 'constructor', '__proto__'])
    test(`refuses ${operator} in the object form`, () =>
      expect(() => selectorOf({ matchExpressions: [{ key: 'a', operator }] })).toThrow(SelectorError));

  test('reads the object form', () => {
    const selector = selectorOf({
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'Exists' }],
    });
    expect(matchesLabels(selector, labels)).toBe(true);
    expect(matchesLabels(selectorOf({}), {})).toBe(true);
  });
});

test('field selectors compare, differ and escape', () => {
  expect(parseFieldSelector('spec.nodeName=node-1,status.phase!=Running')).toEqual([
    { field: 'spec.nodeName', equal: true, value: 'node-1' },
    { field: 'status.phase', equal: false, value: 'Running' },
  ]);
  expect(parseFieldSelector('reason==a\\,b\\=c')).toEqual([{ field: 'reason', equal: true, value: 'a,b=c' }]);
  expect(parseFieldSelector('spec.nodeName=')).toEqual([{ field: 'spec.nodeName', equal: true, value: '' }]);
  expect(() => parseFieldSelector('nonsense')).toThrow(SelectorError);
});
