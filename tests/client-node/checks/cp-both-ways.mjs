import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as k8s from '@kubernetes/client-node';
import { config, namespace, runningPod, until } from '../connect.mjs';

await runningPod('a', { command: ['sleep', '3600'] });
const directory = mkdtempSync(join(tmpdir(), 'client-node-'));
const path = (name) => join(directory, name);
const bytes = randomBytes(2_000_000);
/** `cp` resolves when it has begun; its end is seen by what it makes. */
const isWhole = (file) => statSync(file, { throwIfNoEntry: false })?.size === bytes.length;

try {
  for (const name of ['there/deep', 'pod', 'back']) mkdirSync(path(name), { recursive: true });
  writeFileSync(path('there/deep/file'), bytes);
  await new k8s.Cp(config).cpToPod(namespace, 'a', 'main', path('there'), path('pod'));
  await until(() => isWhole(path('pod/deep/file')));
  assert.ok(readFileSync(path('pod/deep/file')).equals(bytes));

  // The client has the pod compress (`tar z`) and does not decompress: it is led past that fault of its own.
  const exec = new k8s.Exec(config);
  const plain = {
    exec: (inNamespace, pod, container, [tar, , ...rest], ...streams) =>
      exec.exec(inNamespace, pod, container, [tar, 'cf', ...rest], ...streams),
  };
  await new k8s.Cp(config, plain).cpFromPod(namespace, 'a', 'main', 'deep', path('back'), path('pod'));
  await until(() => isWhole(path('back/deep/file')));
  assert.ok(readFileSync(path('back/deep/file')).equals(bytes));
} finally {
  rmSync(directory, { recursive: true });
}
