import { expect, test } from 'bun:test';
import { StatusError } from '@hawser/client';
import { makePod } from '../testing/pods.ts';
import { RequestedClaimedVolumes } from './claimed-volumes.ts';

const claim = (status: object = { phase: 'Bound' }, metadata: object = {}) => ({
  metadata: { name: 'c', uid: 'u', ...metadata },
  spec: { volumeName: 'v' },
  status,
});
const volume = (spec: object = {}) => ({
  metadata: { name: 'v' },
  spec: { claimRef: { uid: 'u' }, hostPath: { path: '/data', type: '' }, ...spec },
});

/** Answers with these objects, and counts what it is asked. */
function claimed(objects: Readonly<Record<string, object>>) {
  let asked = 0;
  const get = async ({ plural }: { plural: string }) => {
    asked += 1;
    const found = objects[plural];
    if (found === undefined)
      throw new StatusError({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 } as never);
    return found;
  };
  const volumes = new RequestedClaimedVolumes({ get } as never);
  return { volumes, asked: () => asked };
}

const mount = (objects: Readonly<Record<string, object>>) =>
  claimed(objects).volumes.pathOf(makePod({}), { claimName: 'c' });

test('a claim leads to the path of its volume, which is asked for once', async () => {
  const { volumes, asked } = claimed({ persistentvolumeclaims: claim(), persistentvolumes: volume() });
  const pod = makePod({});
  for (let i = 0; i < 3; i += 1)
    expect(await volumes.pathOf(pod, { claimName: 'c' })).toEqual({ path: '/data', type: '' });
  expect(asked()).toBe(2);
  volumes.forget(pod.metadata.uid!);
  await volumes.pathOf(pod, { claimName: 'c' });
  expect(asked()).toBe(4);
});

test('a local volume must be there', async () => {
  const persistentvolumes = volume({ hostPath: undefined, local: { path: '/disk' } });
  expect(await mount({ persistentvolumeclaims: claim(), persistentvolumes })).toEqual({
    path: '/disk',
    type: 'Directory',
  });
});

test.each<{ name: string; objects: Readonly<Record<string, object>>; why: string }>([
  { name: 'there is no claim', objects: {}, why: 'persistentvolumeclaim "c" not found' },
  {
    name: 'it is not bound',
    objects: { persistentvolumeclaims: claim({ phase: 'Pending' }) },
    why: 'PVC is not bound',
  },
  {
    name: 'it is going',
    objects: { persistentvolumeclaims: claim(undefined, { deletionTimestamp: '2024-01-01T00:00:00Z' }) },
    why: 'PVC is being deleted',
  },
  {
    name: 'there is no volume',
    objects: { persistentvolumeclaims: claim() },
    why: 'persistentvolume "v" not found',
  },
  {
    name: 'the volume is of another claim',
    objects: { persistentvolumeclaims: claim(), persistentvolumes: volume({ claimRef: { uid: 'x' } }) },
    why: 'persistentvolume "v" is bound to another claim than "c"',
  },
  {
    name: 'it is a block device',
    objects: { persistentvolumeclaims: claim(), persistentvolumes: volume({ volumeMode: 'Block' }) },
    why: 'volumes of mode Block are not supported on this node',
  },
  {
    name: 'it is of a driver',
    objects: {
      persistentvolumeclaims: claim(),
      persistentvolumes: volume({ hostPath: undefined, csi: { driver: 'd', volumeHandle: 'h' } }),
    },
    why: 'persistent volumes of type csi are not supported on this node',
  },
])('nothing is mounted where $name', async ({ objects, why }) => {
  await expect(mount(objects)).rejects.toThrow(why);
});
