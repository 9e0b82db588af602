import { expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import { LogRotator } from './log-rotator.ts';

test('puts a full log aside and keeps no more files than allowed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'rotate-'));
  const logPath = join(directory, '0.log');
  // A stand-in for the runtime: real ones are covered by the contract suite.
  const runtime = {
    listContainers: async () => [{ id: 'c', state: 'running' }],
    containerStatus: async () => ({ logPath }),
    reopenContainerLog: async () => writeFileSync(logPath, '', { flag: 'a' }),
  } as unknown as ContainerRuntime;
  const clock = new FakeClock();
  const rotator = new LogRotator({ runtime, maxSizeBytes: 10, maxFiles: 3, clock, logger: silentLogger });
  try {
    writeFileSync(logPath, 'short');
    await rotator.rotateAll();
    expect(readdirSync(directory)).toEqual(['0.log']);
    for (let round = 0; round < 5; round += 1) {
      writeFileSync(logPath, `long enough ${round}`);
      await rotator.rotateAll();
      clock.advance(1000);
    }
    expect(readdirSync(directory).sort()).toEqual([
      '0.log',
      '0.log.20260101-000003',
      '0.log.20260101-000004',
    ]);
    expect(readFileSync(join(directory, '0.log.20260101-000004'), 'utf8')).toBe('long enough 4');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
