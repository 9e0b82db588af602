import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import * as k8s from '@kubernetes/client-node';
import { config, namespace, runningPod, until } from '../connect.mjs';

await runningPod('a', { command: ['sleep', '3600'] });
const directory = mkdtempSync(join(tmpdir(), 'client-node-'));
const path = (name) => join(directory, name);
const bytes = randomBytes(2_000_000);

/** `cp` resolves when it has begun: this one tells when its command has ended, and its output is unpacked. */
function watchedExec(edit = (command) => command) {
  const exec = new k8s.Exec(config);
  const watched = {
    ended: false,
    exec: (inNamespace, pod, container, command, stdout, stderr, stdin, tty, tell) =>
      exec.exec(inNamespace, pod, container, edit(command), stdout, stderr, stdin, tty, async (status) => {
        await tell(status);
        if (stdout !== null) await finished(stdout);
        watched.ended = true;
      }),
  };
  return watched;
}

try {
  mkdirSync(path('there/deep'), { recursive: true });
  writeFileSync(path('there/deep/file'), bytes);
  const packing = watchedExec();
  await new k8s.Cp(config, packing).cpToPod(namespace, 'a', 'main', path('there'), '/tmp');
  await until(() => packing.ended);

  // The client has the pod compress (`tar z`) and does not decompress: it is led past that fault of its own.
  const unpacking = watchedExec(([tar, , ...rest]) => [tar, 'cf', ...rest]);
  await new k8s.Cp(config, unpacking).cpFromPod(namespace, 'a', 'main', 'deep', path('back'), '/tmp');
  await until(() => unpacking.ended);
  assert.ok(readFileSync(path('back/deep/file')).equals(bytes));
} finally {
  rmSync(directory, { recursive: true });
}
