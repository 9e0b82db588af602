import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import * as k8s from '@kubernetes/client-node';
import { collector, config, namespace, runningPod, until } from '../connect.mjs';

await runningPod('a', { command: ['sh', '-c', 'while read line; do echo "heard $line"; done'], stdin: true });

for (const word of ['one', 'two']) {
  const [stdout, stdin] = [collector(), new PassThrough()];
  const socket = await new k8s.Attach(config).attach(namespace, 'a', 'main', stdout, null, stdin, false);
  stdin.write(`${word}\n`);
  await until(() => stdout.text() !== '');
  assert.equal(stdout.text(), `heard ${word}\n`);
  socket.close();
}
