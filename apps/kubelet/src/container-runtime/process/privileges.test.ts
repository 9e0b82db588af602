import { describe, expect, test } from 'bun:test';
import type { ContainerSecurityContext } from '../container-runtime.ts';
import { UnsupportedSettingError } from '../errors.ts';
import { capabilityNumbers, resolveCapabilities } from './capabilities.ts';
import { resolvePrivileges } from './privileges.ts';
import { checkMounts } from './root-filesystem.ts';

const asRoot = { bubblewrap: true, kubeletUser: { uid: 0, gid: 0 } };
const asUser = { bubblewrap: true, kubeletUser: { uid: 1000, gid: 1000 } };
const bare = { bubblewrap: false, kubeletUser: { uid: 0, gid: 0 } };

describe('capabilities', () => {
  const defaults = resolveCapabilities();
  const cases = [
    {
      name: 'are few by default',
      add: [],
      drop: [],
      has: ['CHOWN', 'SETUID'],
      hasNot: ['SYS_ADMIN', 'NET_RAW', 'MKNOD'],
    },
    { name: 'can all be dropped', add: [], drop: ['ALL'], has: [], hasNot: defaults },
    {
      name: 'added survive a drop of all',
      add: ['NET_BIND_SERVICE'],
      drop: ['ALL'],
      has: ['NET_BIND_SERVICE'],
      hasNot: ['CHOWN'],
    },
    {
      name: 'may be named as Linux does',
      add: ['cap_sys_time'],
      drop: ['CAP_CHOWN'],
      has: ['SYS_TIME'],
      hasNot: ['CHOWN'],
    },
  ];
  for (const { name, add, drop, has, hasNot } of cases)
    test(name, () => {
      const resolved = resolveCapabilities(add, drop);
      for (const capability of has) expect(resolved).toContain(capability);
      for (const capability of hasNot) expect(resolved).not.toContain(capability);
    });

  test('that do not exist are refused', () => {
    expect(() => resolveCapabilities(['FLY'])).toThrow(UnsupportedSettingError);
  });

  test('have the kernel’s numbers', () => {
    expect(capabilityNumbers(['CHOWN', 'NET_BIND_SERVICE', 'SYS_ADMIN', 'CHECKPOINT_RESTORE'])).toEqual([
      0, 10, 21, 40,
    ]);
  });
});

describe('security settings', () => {
  test('that a root kubelet can honour become the rights of the process', () => {
    const context = {
      runAsUser: 1000,
      runAsGroup: 2000,
      supplementalGroups: [3000],
      capabilities: { add: [], drop: ['ALL'] },
    };
    expect(resolvePrivileges(context, asRoot)).toEqual({
      user: { uid: 1000, gid: 2000, groups: [3000] },
      capabilities: [],
      noNewPrivs: true,
      seccomp: true,
    });
  });

  test('that say what a kubelet of another user is anyway are no obstacle', () => {
    expect(resolvePrivileges({ runAsUser: 1000, runAsGroup: 1000 }, asUser)).toEqual({
      user: undefined,
      capabilities: [],
      noNewPrivs: true,
      seccomp: true,
    });
  });

  const refusals: { name: string; context: ContainerSecurityContext; isolation: typeof asRoot }[] = [
    { name: 'privileged', context: { privileged: true }, isolation: asRoot },
    { name: 'seccompProfile', context: { seccompProfile: 'Localhost' }, isolation: asRoot },
    { name: 'appArmorProfile', context: { appArmorProfile: 'Localhost' }, isolation: asRoot },
    { name: 'seLinuxOptions', context: { seLinux: true }, isolation: asRoot },
    { name: 'procMount', context: { procMount: 'Unmasked' }, isolation: asRoot },
    { name: 'readOnlyRootFilesystem', context: { readonlyRootfs: true }, isolation: bare },
    { name: 'runAsUser', context: { runAsUser: 0 }, isolation: asUser },
    { name: 'runAsGroup', context: { runAsGroup: 5 }, isolation: asUser },
    { name: 'supplementalGroups', context: { supplementalGroups: [5] }, isolation: asUser },
    { name: 'capabilities', context: { capabilities: { add: ['CHOWN'], drop: [] } }, isolation: asUser },
  ];
  for (const { name, context, isolation } of refusals)
    test(`are refused and not passed over: ${name}`, () => {
      expect(() => resolvePrivileges(context, isolation)).toThrow(UnsupportedSettingError);
    });
});

describe('mounts', () => {
  const mount = (containerPath: string) => [{ containerPath, hostPath: '/tmp', readonly: false }];

  for (const path of [
    '/',
    '/data/../usr',
    '/data/..',
    '/usr',
    '/usr/bin',
    '/lib/x86_64-linux-gnu',
    '/proc/sys',
    '/dev',
    '/sys/fs',
  ])
    test(`are refused at ${path}, which a container stands on`, () => {
      expect(() => checkMounts(mount(path))).toThrow(UnsupportedSettingError);
    });

  for (const path of [
    '/data',
    '/usrdata',
    '/etc/app',
    '/dev/shm',
    '/dev/termination-log',
    '/var/run/secrets/x',
  ])
    test(`are fine at ${path}`, () => expect(() => checkMounts(mount(path))).not.toThrow());
});
