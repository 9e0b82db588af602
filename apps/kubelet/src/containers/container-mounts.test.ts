import { describe, expect, test } from 'bun:test';
import type { Volume } from '@hawser/api';
import { makeContainer, makePod } from '../testing/pods.ts';
import { volumeMounts } from './container-mounts.ts';

/** Whether a container that does not ask for it gets the volume read-only. */
function isReadOnly(source: Omit<Volume, 'name'>): boolean {
  const pod = makePod({ volumes: [{ name: 'v', ...source }] });
  const container = makeContainer('main', {
    volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: false }],
  });
  using held = volumeMounts(pod, container, new Map([['v', '/volume']]), []);
  return held.mounts[0]!.readonly;
}

describe('a volume whose files the kubelet writes', () => {
  const kinds: Omit<Volume, 'name'>[] = [
    { configMap: { name: 'x' } },
    { secret: { secretName: 'x' } },
    { downwardAPI: {} },
    { projected: { sources: [] } },
  ];
  for (const kind of kinds)
    test(`is read-only in containers: ${Object.keys(kind)[0]}`, () => expect(isReadOnly(kind)).toBe(true));
});

describe('a volume that is the pod’s own', () => {
  test('is as the mount says', () => {
    expect(isReadOnly({ emptyDir: {} })).toBe(false);
    expect(isReadOnly({ hostPath: { path: '/x' } })).toBe(false);
  });
});
