import { expect } from 'bun:test';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../stage.ts';

const LARGE_BYTES = 16_000_000;

/** What goes into the pod and comes out again is the same. Pods share a file system, so each has names of its own. */
export async function copiesAreTheSame(stage: Stage): Promise<void> {
  const local = join(stage.directory, 'there');
  mkdirSync(join(local, 'deep/empty'), { recursive: true });
  writeFileSync(join(local, 'text'), 'some words\n');
  writeFileSync(join(local, 'deep/large'), crypto.getRandomValues(new Uint8Array(65_536)));
  writeFileSync(join(local, 'deep/a name'), '', { mode: 0o755 });
  symlinkSync('text', join(local, 'link'));
  const large = Buffer.alloc(LARGE_BYTES, crypto.getRandomValues(new Uint8Array(9_973)));
  writeFileSync(join(stage.directory, 'large'), large);
  const place = `/tmp/${stage.namespace}`;
  await copy(stage, 'there', `{ns}/a:${place}`);
  await copy(stage, `a:${place}`, 'back');
  for (const name of ['text', 'deep/large', 'deep/a name'])
    expect(readFileSync(join(stage.directory, 'back', name)).equals(readFileSync(join(local, name)))).toBe(
      true,
    );
  await copy(stage, 'large', `a:${place}/copy`, '-c main');
  const { stdout } = await stage.kubectl(`exec a -- sha256sum ${place}/copy`);
  expect(stdout).toStartWith(createHash('sha256').update(large).digest('hex'));
  await copy(stage, `a:${place}/copy`, 'large-back', '--retries=3');
  expect(readFileSync(join(stage.directory, 'large-back')).equals(large)).toBe(true);
  expect(await stage.kubectl(`exec a -- rm -r ${place}`)).toMatchObject({ exitCode: 0 });
}

/** What is not there is said to be so. */
export async function saysWhatCannotBeCopied(stage: Stage): Promise<void> {
  expect(await stage.kubectl('cp nothing a:/tmp/')).toMatchObject({
    exitCode: 1,
    stderr: "error: nothing doesn't exist in local filesystem\n",
  });
  expect(await stage.kubectl('cp kubeconfig nobody:/tmp/x')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('pods "nobody" not found'),
  });
  expect(await stage.kubectl('cp kubeconfig a:/no/such/directory/x')).toMatchObject({ exitCode: 2 });
}

async function copy(stage: Stage, from: string, to: string, flags = ''): Promise<void> {
  const result = await stage.kubectl(`cp ${flags} ${from} ${to}`);
  expect(result).toMatchObject({ exitCode: 0 });
}
