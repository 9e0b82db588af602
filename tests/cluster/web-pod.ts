import { shellPod } from './objects.ts';
import type { Json } from './wire-client.ts';

/** Says its port, then answers each request with its method, path and body, on the pod's address. */
const SCRIPT = `
  use IO::Socket::INET; $| = 1; $SIG{CHLD} = "IGNORE";
  my $server = IO::Socket::INET->new(Listen => 128, LocalAddr => $ENV{POD_IP}) or die;
  print $server->sockport, "\\n";
  while (1) {
    my $client = $server->accept or next;
    next if fork;
    my ($method, $path) = split " ", scalar <$client>;
    my $length = 0;
    while ((my $line = <$client>) =~ /\\S/) { $length = $1 if $line =~ /^content-length: (\\d+)/i }
    read $client, my $body, $length if $length;
    my $answer = "$method $path" . ($length ? " $body" : "");
    print $client "HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: ", length $answer,
      "\\r\\nConnection: close\\r\\n\\r\\n$answer";
    exit;
  }`;

/** A pod with a web server on a port of its choice, which its log tells. */
export function webPod(name: string, spec: Json = {}): Json {
  const env = [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }];
  return shellPod(name, '', {
    ...spec,
    container: { command: ['perl', '-e', SCRIPT], env, ...spec.container },
  });
}
