import { describe, expect, test } from 'bun:test';
import type { PersistentVolumeClaim, Pod } from '@hawser/api';
import { persistentVolumeClaimStrategy } from './persistent-volume-claim.ts';
import { podStrategy } from './pod.ts';

/** Names that every object of the runtime has by inheritance: as keys and values they are names like others. */
const NAMES = ['constructor', 'toString', 'valueOf', '__proto__'];

describe.each(NAMES)('what is called %s', (name) => {
  test('is a resource without a limit', () => {
    const requests = Object.fromEntries([[name, '1']]);
    const containers = [{ name: 'c', image: 'i', resources: { requests, limits: { cpu: '1' } } }];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } };
    const faults = podStrategy.validate!(pod as unknown as Pod & Record<string, unknown>);
    expect(faults.map(({ field }) => field)).toContain(`spec.containers[0].resources.requests[${name}]`);
  });

  test('is a class that a claim may change to', () => {
    const claim = (volumeAttributesClassName: string) =>
      ({ metadata: { name: 'c' }, spec: { volumeAttributesClassName } }) as unknown as PersistentVolumeClaim &
        Record<string, unknown>;
    expect(persistentVolumeClaimStrategy.validateUpdate!(claim(name), claim('a'))).toEqual([]);
  });
});
