import { expect, test } from 'bun:test';
import type { PodSpec } from '@hawser/api';
import { completePodSpec } from './pod-spec.ts';

test.each([
  { given: { serviceAccount: 'robot' }, account: 'robot' },
  { given: { serviceAccountName: 'robot' }, account: 'robot' },
  { given: { serviceAccountName: 'robot', serviceAccount: 'other' }, account: 'robot' },
  { given: {}, account: undefined },
])('the account of $given is $account, under both its names', ({ given, account }) => {
  const spec = { containers: [], ...given } as PodSpec;
  completePodSpec(spec);
  expect([spec.serviceAccountName, spec.serviceAccount]).toEqual([account, account]);
});
