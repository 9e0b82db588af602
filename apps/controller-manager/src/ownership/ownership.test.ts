import { expect, test } from 'bun:test';
import { selectorOf } from '@hawser/api';
import { FakeClock } from '@hawser/runtime';
import { decideClaims } from './decide-claims.ts';
import { Expectations } from './expectations.ts';

const owner = { metadata: { name: 'o', uid: 'u1' } };
const selector = selectorOf({ matchLabels: { app: 'a' } });
const object = (name: string, app: string, ownerUid?: string, metadata: object = {}) => ({
  metadata: {
    name,
    labels: { app },
    ...(ownerUid
      ? { ownerReferences: [{ apiVersion: 'v1', kind: 'K', name: 'o', uid: ownerUid, controller: true }] }
      : {}),
    ...metadata,
  },
});
const names = (objects: readonly { metadata: { name: string } }[]) =>
  objects.map(({ metadata }) => metadata.name);

test('an owner keeps its own, adopts what is nobody’s and lets go of what it no longer selects', () => {
  const claims = decideClaims(owner, selector, [
    object('mine', 'a', 'u1'),
    object('lost', 'b', 'u1'),
    object('nobodys', 'a'),
    object('other', 'b'),
    object('anothers', 'a', 'u2'),
    object('leaving', 'a', undefined, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
  ]);
  expect(names(claims.owned)).toEqual(['mine']);
  expect(names(claims.adopt)).toEqual(['nobodys']);
  expect(names(claims.release)).toEqual(['lost']);
});

test('an owner that is being deleted neither adopts nor lets go', () => {
  const leaving = { metadata: { ...owner.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const claims = decideClaims(leaving, selector, [
    object('mine', 'a', 'u1'),
    object('lost', 'b', 'u1'),
    object('nobodys', 'a'),
  ]);
  expect([names(claims.owned), claims.adopt, claims.release]).toEqual([['mine'], [], []]);
});

test('a cache is not believed before it shows what was asked for', () => {
  const expectations = new Expectations(new FakeClock());
  expect(expectations.satisfied('k')).toBe(true);
  expectations.expect('k', { creations: 2 });
  expectations.creationObserved('k');
  expect(expectations.satisfied('k')).toBe(false);
  expectations.creationObserved('k');
  expect(expectations.satisfied('k')).toBe(true);
  expectations.expect('k', { deletions: ['u1'] });
  expectations.deletionObserved('k', 'u2');
  expect(expectations.satisfied('k')).toBe(false);
  expectations.deletionObserved('k', 'u1');
  expect(expectations.satisfied('k')).toBe(true);
});

test('what never shows is not waited for for ever', () => {
  const clock = new FakeClock();
  const expectations = new Expectations(clock);
  expectations.expect('k', { creations: 1 });
  clock.advance(5 * 60_000 + 1);
  expect(expectations.satisfied('k')).toBe(true);
});
