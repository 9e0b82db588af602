import { describe, expect, test } from 'bun:test';
import type { Secret, ServiceAccount } from '@hawser/api';
import { type Fate, fateOf, isTrackedLongEnough } from './legacy-token-cleaner.ts';

const DAY_MS = 24 * 3_600_000;
const NOW = new Date('2026-06-30T12:00:00Z');
/** Ten days: what was used before the 20th is old. */
const KEEP_MS = 10 * DAY_MS;
const USED = 'kubernetes.io/legacy-token-last-used';
const INVALID = 'kubernetes.io/legacy-token-invalid-since';

const account = (names: string[]): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'robot', namespace: 'ns', uid: 'u' },
  secrets: names.map((name) => ({ name })),
});

const cases: {
  name: string;
  labels?: Record<string, string>;
  metadata?: Partial<Secret['metadata']>;
  account?: ServiceAccount | undefined;
  mounted?: boolean;
  fate: Fate;
}[] = [
  { name: 'one that was never used', fate: 'mark' },
  { name: 'one that was used on the last day that counts', labels: { [USED]: '2026-06-20' }, fate: 'keep' },
  { name: 'one that was used the day before', labels: { [USED]: '2026-06-19' }, fate: 'mark' },
  { name: 'one with a date that is none', labels: { [USED]: 'yesterday' }, fate: 'keep' },
  { name: 'a young one', metadata: { creationTimestamp: '2026-06-20T12:00:00Z' }, fate: 'keep' },
  { name: 'one of no known age', metadata: { creationTimestamp: undefined as never }, fate: 'keep' },
  { name: 'one that is going', metadata: { deletionTimestamp: '2026-06-30T12:00:00Z' }, fate: 'keep' },
  { name: 'one that somebody made', account: account(['other']), fate: 'keep' },
  { name: 'one without an account', account: undefined, fate: 'keep' },
  { name: 'one that a pod mounts', mounted: true, fate: 'keep' },
  { name: 'one that was marked lately', labels: { [INVALID]: '2026-06-20' }, fate: 'keep' },
  { name: 'one that was marked long ago', labels: { [INVALID]: '2026-06-19' }, fate: 'delete' },
  { name: 'one that was marked with no date', labels: { [INVALID]: 'true' }, fate: 'mark' },
  {
    name: 'one that was marked long ago and used since',
    labels: { [INVALID]: '2026-06-01', [USED]: '2026-06-29' },
    fate: 'keep',
  },
];

describe('a token in a Secret', () => {
  test.each(cases)('$name', ({ labels = {}, metadata = {}, mounted = false, fate, ...rest }) => {
    const secret: Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        ...{ name: 'robot-token', namespace: 'ns', creationTimestamp: '2026-06-20T11:59:59Z', labels },
        ...metadata,
      },
    };
    const facts = {
      account: 'account' in rest ? rest.account : account(['robot-token']),
      isMounted: () => mounted,
      now: NOW,
      keepMs: KEEP_MS,
    };
    expect(fateOf(secret, facts)).toBe(fate);
  });
});

test('nothing is cleaned up before uses were noted long enough, from the day after the first', () => {
  const at = (time: string) => isTrackedLongEnough('2026-01-01', new Date(time), KEEP_MS);
  expect([at('2026-01-11T23:59:59Z'), at('2026-01-12T00:00:00Z')]).toEqual([false, true]);
  expect(() => isTrackedLongEnough('soon', NOW, KEEP_MS)).toThrow('does not say since when');
});
