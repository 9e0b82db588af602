import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@hawser/observability';
import type { ContainerSecurityContext, Mount } from '../container-runtime.ts';
import { containerConfig, ended } from '../contract.ts';
import { findBubblewrap } from './find-bubblewrap.ts';
import { ProcessRuntime } from './process-runtime.ts';

const bubblewrapPath = findBubblewrap();
const isRoot = process.getuid?.() === 0;
const title = bubblewrapPath === undefined ? ' (skipped: bwrap is neither on PATH nor in .tools)' : '';

describe.skipIf(bubblewrapPath === undefined)(`a container under bubblewrap${title}`, () => {
  let directory: string;
  let runtime: ProcessRuntime;
  let sandbox: string;
  let number = 0;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'isolation-'));
    runtime = await ProcessRuntime.open({ rootDirectory: directory, bubblewrapPath, logger: silentLogger });
    const metadata = { name: 'web', uid: 'uid-1', namespace: 'default', attempt: 0 };
    const logDirectory = join(directory, 'logs');
    sandbox = await runtime.runPodSandbox({
      metadata,
      hostname: 'web',
      logDirectory,
      labels: {},
      annotations: {},
    });
  });
  afterAll(async () => {
    await runtime.removePodSandbox(sandbox);
    await runtime[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  /** What a shell script in a container prints. */
  async function output(
    script: string,
    securityContext: ContainerSecurityContext = {},
    mounts: Mount[] = [],
  ): Promise<string> {
    number += 1;
    const overrides = { securityContext, mounts, logPath: `${number}.log` };
    const id = await runtime.createContainer(sandbox, containerConfig(['sh', '-c', script], overrides));
    await runtime.startContainer(id);
    const { logPath } = await ended(runtime, id);
    return readFileSync(logPath, 'utf8')
      .replace(/^\S+ \S+ [FP] /gm, '')
      .trim();
  }

  test('sees the node’s programs and nobody’s files', async () => {
    expect(
      await output(
        'ls /usr/bin/perl; ls /root /home /tmp; cat /etc/shadow /var/log/* 2>&1 | grep -c "No such"',
      ),
    ).toBe('/usr/bin/perl\n/home:\n\n/root:\n\n/tmp:\n2');
  });

  test('is alone among processes', async () => {
    expect(await output('ls /proc | grep -c "^[0-9]"; hostname')).toMatch(/^[2-6]\nweb$/);
  });

  test('writes to its own root and not to the node’s programs', async () => {
    expect(await output('touch /x /tmp/x && echo own; touch /usr/x 2>&1 | grep -o "Read-only.*"')).toBe(
      'own\nRead-only file system',
    );
    expect(await output('touch /x 2>&1 | grep -o "Read-only.*"', { readonlyRootfs: true })).toBe(
      'Read-only file system',
    );
  });

  const kernel = [
    {
      name: 'write a kernel parameter',
      script: 'cat /proc/sys/kernel/core_pattern > /tmp/x; cat /tmp/x > /proc/sys/kernel/core_pattern',
    },
    { name: 'mount', script: 'mkdir /m && mount -t tmpfs x /m' },
    { name: 'make a user namespace', script: 'unshare -U true' },
    { name: 'make a mount namespace', script: 'unshare -m true' },
    { name: 'make a device', script: 'mknod /tmp/d b 7 0' },
    { name: 'write to /sys', script: 'echo x > /sys/kernel/uevent_helper' },
    { name: 'read kernel memory', script: 'test "$(head -c 1 /proc/kcore | wc -c)" = 1' },
    { name: 'read the kernel’s log', script: 'dmesg' },
  ];
  for (const { name, script } of kernel)
    test(`cannot ${name}`, async () => {
      expect(await output(`{ ${script}; } >/dev/null 2>&1 && echo done || echo refused`)).toBe('refused');
    });

  test('runs with filtered system calls unless it says Unconfined', async () => {
    const mode = 'grep Seccomp: /proc/self/status | tr -dc 0-9';
    expect(await output(mode)).toBe('2');
    expect(await output(mode, { seccompProfile: 'RuntimeDefault' })).toBe('2');
    expect(await output(mode, { seccompProfile: 'Unconfined' })).toBe('0');
  });

  test('has its mounts, read-only where they are', async () => {
    const hostPath = mkdtempSync(join(directory, 'volume-'));
    writeFileSync(join(hostPath, 'file'), 'content');
    const mounts = [
      { hostPath, containerPath: '/data', readonly: false },
      { hostPath, containerPath: '/ro/data', readonly: true },
      { hostPath: join(hostPath, 'file'), containerPath: '/etc/one', readonly: true },
    ];
    const script =
      'cat /data/file /etc/one; echo; echo new > /data/new; touch /ro/data/x 2>&1 | grep -o "Read-only.*"; cat /ro/data/new';
    expect(await output(script, {}, mounts)).toBe('contentcontent\nRead-only file system\nnew');
  });

  test.skipIf(!isRoot)('runs as the user and with the groups that it names', async () => {
    const context = {
      runAsUser: 1234,
      runAsGroup: 1235,
      supplementalGroups: [77],
      capabilities: { add: [], drop: ['ALL'] },
    };
    expect(await output('id -u; id -G; grep CapBnd /proc/self/status | tr -d "CapBnd:\t "', context)).toBe(
      '1234\n1235 77\n0000000000000000',
    );
  });

  test.skipIf(!isRoot)('gives commands that are run in it no more rights than it has', async () => {
    const config = containerConfig(['sleep', '60'], {
      logPath: 'exec.log',
      securityContext: { runAsUser: 1234 },
    });
    const id = await runtime.createContainer(sandbox, config);
    await runtime.startContainer(id);
    const script =
      'id -u; ls /root 2>&1 | grep -o Permission; grep -E "Seccomp:|NoNewPrivs" /proc/self/status | tr -dc 0-9; echo; ls /proc | grep -c "^[0-9]"';
    const { stdout } = await runtime.execSync(id, ['sh', '-c', script], 5000);
    expect(stdout.toString().trim()).toMatch(/^1234\nPermission\n12\n[3-8]$/);
    await runtime.removeContainer(id);
  });
});
