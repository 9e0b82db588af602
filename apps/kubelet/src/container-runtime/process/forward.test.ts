import { afterEach, expect, test } from 'bun:test';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installScripts } from './scripts.ts';
import { formatRecords } from './shim-specification.ts';

const ANSWER_BYTES = 20_000;

/** Listens, says where, reads a byte, answers and closes. */
const POD = `use IO::Socket::INET; $| = 1;
  my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die; print $s->sockport, "\\n";
  my $c = $s->accept; sysread $c, my $said, 1; print $c 'x' x $ARGV[0]; close $c`;

const stack: (() => void)[] = [];
afterEach(() => {
  for (const close of stack.splice(0).reverse()) close();
});

/** Runs forward.pl in this network, to a port of it. @returns the kubelet's end, paused, and the process. */
async function forward(port: number): Promise<{ kubelet: Socket; carrier: ChildProcess }> {
  const directory = mkdtempSync(join(tmpdir(), 'forward-'));
  stack.push(() => rmSync(directory, { recursive: true }));
  installScripts(directory);
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen(join(directory, 'channel.sock'));
  stack.push(() => server.close());
  const records = [`machine=${process.arch}`, 'socket=channel.sock', `port=${port}`, 'address=127.0.0.1'];
  writeFileSync(join(directory, 'spec'), formatRecords([...records, 'token=t']));
  const carrier = spawn('perl', ['forward.pl', 'spec'], { cwd: directory, stdio: 'inherit' });
  stack.push(() => carrier.kill('SIGKILL'));
  const [kubelet] = (await once(server, 'connection')) as [Socket];
  return { kubelet, carrier };
}

test('what a pod says before it closes comes through, though it takes no more', async () => {
  const pod = spawn('perl', ['-e', POD, `${ANSWER_BYTES}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  stack.push(() => pod.kill('SIGKILL'));
  const closed = once(pod, 'exit');
  const [port] = await once(pod.stdout, 'data');
  const { kubelet, carrier } = await forward(Number(port));
  const exited = once(carrier, 'exit');
  kubelet.write('a');
  await closed;
  // The first of these is refused, which the second finds.
  for (let i = 0; i < 3; i += 1) {
    kubelet.write('b');
    await Bun.sleep(20);
  }
  let bytes = 0;
  kubelet.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  kubelet.once('end', () => kubelet.end());
  kubelet.resume();
  await exited;
  expect(bytes).toBe('t\nok\n'.length + ANSWER_BYTES);
});
