import { shellPod } from '../cluster/objects.ts';
import type { Json } from '../cluster/wire-client.ts';

/** Says what it is asked to at its start, then answers each request with its path, in plain HTTP on every address. */
const SCRIPT = `
  use IO::Socket::INET; $| = 1; $SIG{CHLD} = "IGNORE";
  my $server = IO::Socket::INET->new(Listen => 128, LocalPort => $ARGV[0], ReuseAddr => 1) or die;
  print $ENV{GREETING}, "\\n";
  while (1) {
    my $client = $server->accept or next;
    next if fork;
    my ($method, $path) = split " ", scalar <$client>;
    while ((my $line = <$client>) =~ /\\S/) { }
    my $answer = "answer to $path";
    print $client "HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: ", length $answer,
      "\\r\\nConnection: close\\r\\n\\r\\n$answer";
    exit;
  }`;

/**
 * A pod on a node that serves plain HTTP, has a directory /data and a Secret, and begins its log with a greeting. Ready,
 * it has done both.
 */
export function serverPod(
  name: string,
  nodeName: string,
  port: number,
  greeting: string,
  secret: string,
): Json {
  return shellPod(name, '', {
    nodeName,
    metadata: { labels: { app: name } },
    volumes: [{ name: 'data', emptyDir: {} }],
    container: {
      command: ['perl', '-e', SCRIPT, `${port}`],
      env: [
        { name: 'GREETING', value: greeting },
        { name: 'SECRET', valueFrom: { secretKeyRef: { name: secret, key: 'value' } } },
      ],
      ports: [{ name: 'http', containerPort: port }],
      readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    },
  });
}
