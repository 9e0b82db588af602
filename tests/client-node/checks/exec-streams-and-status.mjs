import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import * as k8s from '@kubernetes/client-node';
import { collector, config, namespace, runningPod } from '../connect.mjs';

await runningPod('a', { command: ['sleep', '3600'] });

let WebSocket;

/** Runs a command to its end, over what the client offers by itself or over one protocol alone. */
async function run(command, { stdin = null, tty = false, protocol } = {}) {
  const exec = new k8s.Exec(config);
  if (protocol !== undefined)
    exec.handler.socketFactory = (uri, _protocols, options) => new WebSocket(uri, [protocol], options);
  const [stdout, stderr] = [collector(), collector()];
  const errors = tty ? null : stderr;
  const { promise, resolve } = deferred();
  const socket = await exec.exec(namespace, 'a', 'main', command, stdout, errors, stdin, tty, resolve);
  // The client's own, to be used with another offer.
  WebSocket = socket.constructor;
  return { status: await promise, stdout, stderr, protocol: socket.protocol };
}

function deferred() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const failing = ['sh', '-c', 'echo out; echo err >&2; exit 3'];
for (const protocol of [undefined, 'v5.channel.k8s.io', 'v4.channel.k8s.io']) {
  const { status, stdout, stderr, protocol: chosen } = await run(failing, { protocol });
  assert.equal(chosen, protocol ?? 'v5.channel.k8s.io');
  assert.deepEqual([stdout.text(), stderr.text()], ['out\n', 'err\n']);
  assert.equal(status.reason, 'NonZeroExitCode');
  assert.deepEqual(status.details.causes, [{ reason: 'ExitCode', message: '3' }]);
}

const bytes = randomBytes(5_000_000);
const echoed = await run(['cat'], { stdin: Readable.from([bytes]) });
assert.equal(echoed.status.status, 'Success');
assert.ok(echoed.stdout.bytes().equals(bytes));

// v4 cannot end its input: the command is told how much to read.
const counting = ['sh', '-c', `head -c ${bytes.length} | sha256sum`];
const stdin = new PassThrough();
stdin.write(bytes);
const counted = await run(counting, { stdin, protocol: 'v4.channel.k8s.io' });
assert.ok(counted.stdout.text().startsWith(createHash('sha256').update(bytes).digest('hex')));

const terminal = await run(['sh', '-c', 'test -t 0 && echo on a terminal'], { tty: true });
assert.equal(terminal.stdout.text(), 'on a terminal\r\n');

await assert.rejects(
  new k8s.Exec(config).exec(namespace, 'nobody', 'main', ['true'], collector(), null, null, false),
  (event) => event.message.includes('404'),
);
