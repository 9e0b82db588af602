import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Volume } from '@hawser/api';
import { FixedConfigObjects } from '../testing/config-objects.ts';
import { makePod } from '../testing/pods.ts';
import { VolumeManager } from './volume-manager.ts';

let root: string;
let objects: FixedConfigObjects;
let volumes: VolumeManager;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'volumes-'));
  objects = new FixedConfigObjects();
  objects.setConfigMap('settings', { color: 'blue', size: 'big' });
  objects.setSecret('login', { password: 'hunter2' });
  volumes = new VolumeManager({
    podsDirectory: join(root, 'pods'),
    memoryDirectory: join(root, 'memory'),
    objects,
    tokens: { token: async (_pod, audience) => `token for ${audience ?? 'the hub'}`, forget: () => {} },
    claims: {
      pathOf: async (_pod, { claimName }) => ({ path: join(root, claimName), type: 'DirectoryOrCreate' }),
      forget: () => {},
    },
    facts: () => ({ nodeIp: '127.0.1.1', allocatable: { cpu: '2' } }),
  });
});
afterEach(() => rmSync(root, { recursive: true }));

async function mount(volume: Omit<Volume, 'name'>): Promise<string> {
  const paths = await volumes.mount(makePod({ volumes: [{ name: 'v', ...volume }] }));
  return paths.get('v')!;
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('a volume', () => {
  test('of a ConfigMap holds its keys, or the chosen ones', async () => {
    const all = await mount({ configMap: { name: 'settings' } });
    expect(readFileSync(join(all, 'color'), 'utf8')).toBe('blue');
    const some = await mount({
      configMap: { name: 'settings', items: [{ key: 'size', path: 'how/big', mode: 0o400 }] },
    });
    expect(readFileSync(join(some, 'how/big'), 'utf8')).toBe('big');
    expect(modeOf(join(some, 'how/big'))).toBe(0o400);
    expect(existsSync(join(some, 'color'))).toBe(false);
  });

  test('of a ConfigMap follows its changes', async () => {
    const path = await mount({ configMap: { name: 'settings' } });
    objects.setConfigMap('settings', { color: 'green' });
    await mount({ configMap: { name: 'settings' } });
    expect(readFileSync(join(path, 'color'), 'utf8')).toBe('green');
    expect(existsSync(join(path, 'size'))).toBe(false);
  });

  test('of a claim is where the volume behind it is', async () => {
    const path = await mount({ persistentVolumeClaim: { claimName: 'data' } });
    expect(path).toBe(join(root, 'data'));
    expect(existsSync(path)).toBe(true);
  });

  test('of a Secret honours defaultMode', async () => {
    const path = await mount({ secret: { secretName: 'login', defaultMode: 0o600 } });
    expect(readFileSync(join(path, 'password'), 'utf8')).toBe('hunter2');
    expect(modeOf(join(path, 'password'))).toBe(0o600);
  });

  test('of projections joins them, the service account token among them', async () => {
    const path = await mount({
      projected: {
        sources: [
          { serviceAccountToken: { path: 'token', audience: 'vault' } },
          { configMap: { name: 'settings', items: [{ key: 'color', path: 'color' }] } },
          { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
        ],
      },
    });
    const texts = ['token', 'color', 'namespace'].map((file) => readFileSync(join(path, file), 'utf8'));
    expect(texts).toEqual(['token for vault', 'blue', 'default']);
  });

  test('that is an emptyDir is for everybody, and keeps its content', async () => {
    const path = await mount({ emptyDir: {} });
    expect(modeOf(path)).toBe(0o777);
    writeFileSync(join(path, 'file'), 'kept');
    expect(readFileSync(join(await mount({ emptyDir: {} }), 'file'), 'utf8')).toBe('kept');
    expect(await mount({ emptyDir: { medium: 'Memory' } })).toStartWith(join(root, 'memory'));
  });

  test('that is a hostPath is checked for its type', async () => {
    const path = join(root, 'data');
    expect(mount({ hostPath: { path, type: 'Directory' } })).rejects.toThrow('does not exist');
    expect(await mount({ hostPath: { path, type: 'DirectoryOrCreate' } })).toBe(path);
    expect(mount({ hostPath: { path, type: 'File' } })).rejects.toThrow('is not a file');
  });

  test('goes with its pod, but for what hostPaths point at', async () => {
    const host = await mount({ hostPath: { path: join(root, 'data'), type: 'DirectoryOrCreate' } });
    const path = await mount({ secret: { secretName: 'login' } });
    volumes.unmount('uid-1');
    expect([existsSync(path), existsSync(host)]).toEqual([false, true]);
  });

  const faults: { name: string; volume: Omit<Volume, 'name'>; message: string }[] = [
    {
      name: 'a missing ConfigMap',
      volume: { configMap: { name: 'none' } },
      message: 'configmap "none" not found',
    },
    {
      name: 'a missing Secret',
      volume: { secret: { secretName: 'none' } },
      message: 'secret "none" not found',
    },
    {
      name: 'a missing key',
      volume: { configMap: { name: 'settings', items: [{ key: 'none', path: 'x' }] } },
      message: 'configmap references non-existent config key: none',
    },
    {
      name: 'another kind of volume',
      volume: { nfs: { server: 's', path: '/' } },
      message: 'volumes of type nfs are not supported on this node',
    },
  ];
  for (const { name, volume, message } of faults)
    test(`with ${name} says so`, () => {
      expect(mount(volume)).rejects.toThrow(`MountVolume.SetUp failed for volume "v" : ${message}`);
    });

  for (const name of ['../../../../x', '..', 'a/b', 'A', ''])
    test(`named ${JSON.stringify(name)} is refused, whatever its kind`, () => {
      const kinds: Omit<Volume, 'name'>[] = [
        { emptyDir: {} },
        { configMap: { name: 'settings' } },
        { hostPath: { path: '/' } },
      ];
      for (const kind of kinds)
        expect(volumes.mount(makePod({ volumes: [{ name, ...kind }] }))).rejects.toThrow('invalid name');
      expect(existsSync(join(root, 'pods'))).toBe(false);
    });

  test('of a pod whose UID is a path is refused', () => {
    const pod = makePod({ volumes: [{ name: 'v', emptyDir: {} }] });
    pod.metadata.uid = '../../x';
    expect(volumes.mount(pod)).rejects.toThrow('invalid pod UID');
    expect(() => volumes.unmount('..')).toThrow('invalid pod UID');
  });

  test('holds no file elsewhere, however it is named', () => {
    const items = [{ key: 'color', path: '../x' }];
    objects.setConfigMap('hostile', { '../x': 'y' });
    expect(mount({ configMap: { name: 'settings', items } })).rejects.toThrow('invalid path in a volume');
    expect(mount({ configMap: { name: 'hostile' } })).rejects.toThrow('invalid key');
    const sources = [{ serviceAccountToken: { path: '/x' } }];
    expect(mount({ projected: { sources } })).rejects.toThrow('invalid path in a volume');
  });

  test('whose source is optional may be empty', async () => {
    const path = await mount({ secret: { secretName: 'none', optional: true } });
    expect(existsSync(path)).toBe(true);
  });
});
