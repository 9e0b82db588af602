import { describe, expect, test } from 'bun:test';
import type { PodSpec } from '@hawser/api';
import { volumeFaults } from './pod-volumes.ts';

const spec = (volumes: object[], volumeMounts: object[] = []): PodSpec =>
  ({ volumes, containers: [{ name: 'c', volumeMounts }] }) as unknown as PodSpec;
const item = (path: string) => [{ key: 'k', path }];

const refused: { name: string; volumes: object[]; mounts?: object[]; field: string }[] = [
  {
    name: 'a name that steps out',
    volumes: [{ name: '../../etc', emptyDir: {} }],
    field: 'spec.volumes[0].name',
  },
  { name: 'no name', volumes: [{ emptyDir: {} }], field: 'spec.volumes[0].name' },
  { name: 'a name twice', volumes: [{ name: 'a' }, { name: 'a' }], field: 'spec.volumes[1].name' },
  {
    name: 'a ConfigMap item that steps out',
    volumes: [{ name: 'a', configMap: { items: item('../x') } }],
    field: 'spec.volumes[0].configMap.items[0].path',
  },
  {
    name: 'a Secret item with an absolute path',
    volumes: [{ name: 'a', secret: { items: item('/x') } }],
    field: 'spec.volumes[0].secret.items[0].path',
  },
  {
    name: 'an item that would pass for the volume itself',
    volumes: [{ name: 'a', downwardAPI: { items: item('..data') } }],
    field: 'spec.volumes[0].downwardAPI.items[0].path',
  },
  {
    name: 'a projected item that steps out',
    volumes: [{ name: 'a', projected: { sources: [{ secret: { items: item('x/../../y') } }] } }],
    field: 'spec.volumes[0].projected.sources[0].secret.items[0].path',
  },
  {
    name: 'a token path that steps out',
    volumes: [{ name: 'a', projected: { sources: [{ serviceAccountToken: { path: '../t' } }] } }],
    field: 'spec.volumes[0].projected.sources[0].serviceAccountToken.path',
  },
  {
    name: 'a hostPath with steps back',
    volumes: [{ name: 'a', hostPath: { path: '/x/../etc' } }],
    field: 'spec.volumes[0].hostPath.path',
  },
  {
    name: 'a mount of no volume',
    volumes: [],
    mounts: [{ name: 'a', mountPath: '/a' }],
    field: 'spec.containers[0].volumeMounts[0].name',
  },
  {
    name: 'a mount without a path',
    volumes: [{ name: 'a' }],
    mounts: [{ name: 'a' }],
    field: 'spec.containers[0].volumeMounts[0].mountPath',
  },
  {
    name: 'two mounts at one path',
    volumes: [{ name: 'a' }],
    mounts: [
      { name: 'a', mountPath: '/a' },
      { name: 'a', mountPath: '/a' },
    ],
    field: 'spec.containers[0].volumeMounts[1].mountPath',
  },
  {
    name: 'a subPath that steps out',
    volumes: [{ name: 'a' }],
    mounts: [{ name: 'a', mountPath: '/a', subPath: 'x/../..' }],
    field: 'spec.containers[0].volumeMounts[0].subPath',
  },
  {
    name: 'an absolute subPath',
    volumes: [{ name: 'a' }],
    mounts: [{ name: 'a', mountPath: '/a', subPath: '/etc' }],
    field: 'spec.containers[0].volumeMounts[0].subPath',
  },
];
describe('refuses', () => {
  for (const { name, volumes, mounts, field } of refused)
    test(name, () =>
      expect(volumeFaults(spec(volumes, mounts), 'spec').map((fault) => fault.field)).toEqual([field]),
    );
});

test('takes volumes and mounts as they are usually written', () => {
  const volumes = [
    { name: 'config', configMap: { name: 'c', items: item('a/b..c') } },
    { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    { name: 'host', hostPath: { path: '/var/log' } },
  ];
  const mounts = [
    { name: 'config', mountPath: '/a' },
    { name: 'config', mountPath: '/b', subPath: 'a' },
    { name: 'host', mountPath: '/c' },
  ];
  expect(volumeFaults(spec(volumes, mounts), 'spec')).toEqual([]);
});
