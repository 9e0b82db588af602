import { shellPod } from './objects.ts';
import type { Json } from './wire-client.ts';

/** Says its ports, then sends back whatever comes until its end, each connection in a process of its own. */
const SCRIPT = `
  use IO::Socket::INET; $| = 1; $SIG{CHLD} = "IGNORE";
  my @servers = map { IO::Socket::INET->new(Listen => 128, LocalAddr => "127.0.0.1") or die } 1 .. $ARGV[0];
  print $_->sockport, "\\n" for @servers;
  while (my $server = pop @servers) {
    next if @servers && fork;
    while (1) {
      my $client = $server->accept or next;
      next if fork;
      while (sysread $client, my $data, 65536) {
        for (my $sent = 0; $sent < length $data;) { $sent += syswrite($client, $data, 65536, $sent) // exit }
      }
      exit;
    }
  }`;

/** A pod that listens on `ports` ports of its choice, which its log tells, and echoes; connections may half-close. */
export function echoPod(name: string, ports = 1, spec: Json = {}): Json {
  const container = { command: ['perl', '-e', SCRIPT, `${ports}`], ...spec.container };
  return shellPod(name, '', { ...spec, container });
}
