import { expect, test } from 'bun:test';
import { describeRules } from './describe-rules.ts';

test('verbs of the same resource stand in one line, names and paths in lines of their own', () => {
  const pods = { apiGroups: [''], resources: ['pods'] };
  expect(
    describeRules([
      { ...pods, verbs: ['list'] },
      { ...pods, verbs: ['get'] },
      { ...pods, resourceNames: ['a'], verbs: ['delete'] },
      { nonResourceURLs: ['/metrics'], verbs: ['get'] },
      { nonResourceURLs: ['/metrics'], verbs: ['post'] },
      { nonResourceURLs: ['/metrics'], verbs: ['post'] },
    ]),
  ).toBe(
    [
      '{APIGroups:[""], Resources:["pods"], ResourceNames:["a"], Verbs:["delete"]}',
      '{APIGroups:[""], Resources:["pods"], Verbs:["list" "get"]}',
      '{NonResourceURLs:["/metrics"], Verbs:["get"]}',
      '{NonResourceURLs:["/metrics"], Verbs:["post"]}',
    ].join('\n'),
  );
});
