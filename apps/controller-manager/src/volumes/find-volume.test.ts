import { describe, expect, test } from 'bun:test';
import type { PersistentVolume, PersistentVolumeClaim } from '@hawser/api';
import { findVolume } from './find-volume.ts';

const claim = (spec: PersistentVolumeClaim['spec'] = {}): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c', namespace: 'ns', uid: 'u' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, ...spec },
});

const volume = (
  name: string,
  spec: PersistentVolume['spec'] = {},
  more: Partial<PersistentVolume['metadata']> = {},
  phase: 'Available' | 'Released' = 'Available',
): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, ...more },
  spec: { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], capacity: { storage: '5Gi' }, ...spec },
  status: { phase },
});

const sized = (name: string, storage: string) => volume(name, { capacity: { storage } });

describe('a claim gets', () => {
  const cases: {
    name: string;
    claim?: PersistentVolumeClaim;
    volumes: PersistentVolume[];
    found?: string;
  }[] = [
    { name: 'nothing where there is nothing', volumes: [] },
    {
      name: 'the smallest that is large enough',
      volumes: [sized('large', '1Ti'), sized('tight', '2048Mi'), sized('small', '1Gi')],
      found: 'tight',
    },
    { name: 'the first by name of equals', volumes: [volume('b'), volume('a')], found: 'a' },
    { name: 'none of another class', volumes: [volume('a', { storageClassName: 'fast' })] },
    {
      name: 'one of its class',
      claim: claim({ storageClassName: 'fast' }),
      volumes: [volume('a'), volume('b', { storageClassName: 'fast' })],
      found: 'b',
    },
    {
      name: 'none that cannot be mounted as it wants',
      claim: claim({ accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }),
      volumes: [volume('a')],
    },
    { name: 'no block device for a file system', volumes: [volume('a', { volumeMode: 'Block' })] },
    {
      name: 'one with its labels',
      claim: claim({ selector: { matchLabels: { zone: 'x' } } }),
      volumes: [volume('a'), volume('b', {}, { labels: { zone: 'x' } })],
      found: 'b',
    },
    { name: 'none that is released', volumes: [volume('a', {}, {}, 'Released')] },
    { name: 'none that is going', volumes: [volume('a', {}, { deletionTimestamp: '2024-01-01T00:00:00Z' })] },
    {
      name: 'none of others',
      volumes: [
        volume('a', { claimRef: { namespace: 'ns', name: 'other' } }),
        volume('b', { claimRef: { namespace: 'other', name: 'c' } }),
        volume('c', { claimRef: { namespace: 'ns', name: 'c', uid: 'of the one before' } }),
      ],
    },
    {
      name: 'the one that is reserved for it, whatever is smaller',
      volumes: [sized('tight', '2Gi'), volume('mine', { claimRef: { namespace: 'ns', name: 'c' } })],
      found: 'mine',
    },
    {
      name: 'not even a reserved one that is too small',
      volumes: [volume('mine', { claimRef: { namespace: 'ns', name: 'c' }, capacity: { storage: '1Gi' } })],
    },
  ];
  for (const { name, claim: of = claim(), volumes, found } of cases)
    test(name, () => expect(findVolume(of, volumes)?.metadata.name).toBe(found as string));
});
