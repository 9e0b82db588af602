import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import * as k8s from '@kubernetes/client-node';
import { collector, config, core, namespace, runningPod, until } from '../connect.mjs';

/** Says its port, then echoes. */
const server = `
  use IO::Socket::INET; $| = 1; $SIG{CHLD} = "IGNORE";
  my $s = IO::Socket::INET->new(Listen => 9, LocalAddr => "127.0.0.1") or die;
  print $s->sockport, "\\n";
  while (1) {
    my $c = $s->accept or next;
    next if fork;
    while (sysread $c, my $d, 65536) {
      for (my $o = 0; $o < length $d;) { $o += syswrite($c, $d, 65536, $o) // exit }
    }
    exit;
  }`;
await runningPod('a', { command: ['perl', '-e', server] });
let log = '';
while (log === '') log = await core.readNamespacedPodLog({ namespace, name: 'a' });
const port = Number(log);

for (let round = 0; round < 3; round += 1) {
  const [output, errors, input] = [collector(), collector(), new PassThrough()];
  const forward = new k8s.PortForward(config);
  const socket = await forward.portForward(namespace, 'a', [port], output, errors, input);
  assert.equal(socket.protocol, 'v4.channel.k8s.io');
  const bytes = randomBytes(1_000_000);
  input.write(bytes);
  await until(() => output.bytes().length >= bytes.length);
  assert.ok(output.bytes().equals(bytes));
  assert.equal(errors.text(), '');
  socket.close();
}

const [output, errors] = [collector(), collector()];
const refused = await new k8s.PortForward(config, false).portForward(
  namespace,
  'a',
  [1],
  output,
  errors,
  new PassThrough(),
);
await until(() => errors.text() !== '');
assert.match(errors.text(), /connect: connection refused/);
refused.close();
