import { expect, test } from 'bun:test';
import { decideFate, type Fate, type OwnerState } from './decide-fate.ts';

const cases: {
  name: string;
  owners: OwnerState[];
  finalizers?: string[];
  hasDependents?: boolean;
  fate: Fate;
}[] = [
  { name: 'without owners', owners: [], fate: { action: 'keep' } },
  { name: 'with all owners', owners: ['solid', 'solid'], fate: { action: 'keep' } },
  {
    name: 'with one of two owners',
    owners: ['solid', 'absent'],
    fate: { action: 'release', ownerUids: ['1'] },
  },
  {
    name: 'with one owner that waits',
    owners: ['waiting', 'solid'],
    fate: { action: 'release', ownerUids: ['0'] },
  },
  {
    name: 'whose owners are gone',
    owners: ['absent'],
    fate: { action: 'delete', propagationPolicy: 'Background' },
  },
  {
    name: 'whose owner waits, without dependents',
    owners: ['waiting'],
    fate: { action: 'delete', propagationPolicy: 'Background' },
  },
  {
    name: 'whose owner waits, with dependents',
    owners: ['waiting', 'absent'],
    hasDependents: true,
    fate: { action: 'delete', propagationPolicy: 'Foreground' },
  },
  {
    name: 'that shall leave its dependents',
    owners: ['absent'],
    finalizers: ['orphan'],
    hasDependents: true,
    fate: { action: 'delete', propagationPolicy: 'Orphan' },
  },
  {
    name: 'that shall go after its dependents',
    owners: ['absent'],
    finalizers: ['foregroundDeletion'],
    fate: { action: 'delete', propagationPolicy: 'Foreground' },
  },
];

test.each(cases)('an object $name: $fate.action', ({ owners, finalizers, hasDependents = false, fate }) => {
  const states = owners.map((state, i) => ({
    reference: { apiVersion: 'v1', kind: 'ConfigMap', name: `o${i}`, uid: String(i) },
    state,
  }));
  expect(decideFate({ name: 'a', finalizers }, states, hasDependents)).toEqual(fate);
});
