import { describe, expect, test } from 'bun:test';
import { FlagError, parseFlags } from '@hawser/config';
import { completeOptions, weakenedSettings } from './complete-options.ts';
import { FLAGS } from './options.ts';

const here = import.meta.path;
const agents = ['--cluster-cert', here, '--cluster-key', here];
const cluster = [...agents, '--cluster-ca-cert', here];
const tcp = ['--server-cert', here, '--server-key', here, '--server-ca-cert', here];
const complete = (...argv: string[]) => completeOptions(parseFlags(FLAGS, argv).options);

test('reads what the table cannot', () => {
  const options = complete(
    ...[...cluster, ...tcp, '--agent-grants', 'edge=10.0.0.0/8', '--proxy-strategies', 'destHost,default'],
    ...['--cipher-suites', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256'],
    ...['--tls-min-version', 'VersionTLS12', '--lease-label', 'k8s-app=konnectivity-server,a=b'],
  );
  expect(options.tls).toEqual({ minVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
  expect([...options.agentGrants.keys()]).toEqual(['edge']);
  expect(options.leaseLabels).toEqual({ 'k8s-app': 'konnectivity-server', a: 'b' });
  expect(options.serverId).toMatch(/^[0-9a-f-]{36}$/);
  expect(weakenedSettings(options)).toEqual([expect.stringContaining('default')]);
  expect(weakenedSettings(complete(...cluster, ...tcp))).toEqual([]);
});

test("starts with the flags of upstream's documented manifests", () => {
  const { options, warnings } = parseFlags(FLAGS, [
    ...['--logtostderr=true', '--log-file=/var/log/konnectivity-server.log', '--log-file-max-size=0', '-v=4'],
    ...['--uds-name=/etc/kubernetes/konnectivity-server/konnectivity-server.socket', '--server-port=0'],
    ...['--delete-existing-uds-file', `--cluster-cert=${here}`, `--cluster-key=${here}`, '--mode=grpc'],
    ...['--agent-port=8132', '--admin-port=8133', '--health-port=8134', '--keepalive-time=1h'],
    ...['--agent-namespace=kube-system', '--agent-service-account=konnectivity-agent', '--kubeconfig', here],
    ...['--authentication-audience=system:konnectivity-server', '--enable-lease-controller'],
    ...['--kubeconfig-qps=75.5', '--kubeconfig-burst=150', '--enable-contention-profiling=false'],
  ]);
  expect(completeOptions(options)).toMatchObject({
    serverPort: 0,
    agentPort: 8132,
    keepaliveTime: 3_600_000,
  });
  expect(warnings).toHaveLength(7);
});

test('the last of a flag counts', () => {
  const twice = ['--mode', 'grpc', '--mode', 'http-connect', '--proxy-strategies', 'default'];
  const { modes, proxyStrategies } = complete(...cluster, ...tcp, ...twice, '--proxy-strategies', 'destHost');
  expect([...modes, ...proxyStrategies]).toEqual(['http-connect', 'destHost']);
});

test('a dial is given up before the API server hangs up, so that it hears why', () => {
  expect(complete(...cluster, ...tcp).backendDialTimeout).toBeLessThan(2_000);
});

const faulty: { why: string; argv: string[]; says: string }[] = [
  {
    why: 'events would go to NATS unprotected',
    argv: [...cluster, ...tcp, '--data-dir', '/x', '--nats-url', 'nats://127.0.0.1'],
    says: '--nats-url needs --nats-ca-file',
  },
  {
    why: 'events have nowhere to wait',
    argv: [...cluster, ...tcp, '--nats-url', 'tls://127.0.0.1'],
    says: '--nats-url needs --data-dir',
  },
  {
    why: 'nobody could be an agent',
    argv: [...agents, ...tcp],
    says: '--cluster-ca-cert, or --agent-namespace',
  },
  {
    why: 'the front end would take anybody',
    argv: [...cluster, ...tcp.slice(0, 4)],
    says: 'server ca cert must be set when in TCP mode (uds-name is empty)',
  },
  {
    why: 'the front end has no certificate',
    argv: [...cluster, '--server-ca-cert', here],
    says: '--server-cert and',
  },
  {
    why: 'a unix socket has a port',
    argv: [...cluster, '--uds-name', '/x'],
    says: 'server port should be set to 0 not 8131 for UDS',
  },
  {
    why: 'a unix socket has a CA',
    argv: [...cluster, ...tcp, '--uds-name', '/x', '--server-port', '0'],
    says: 'server ca cert should not be set for UDS',
  },
  {
    why: 'tokens are taken from nobody in particular',
    argv: [...cluster, ...tcp, '--agent-namespace', 'kube-system', '--kubeconfig', here],
    says: '--agent-service-account cannot be empty when agent authentication is enabled',
  },
  {
    why: 'tokens cannot be checked',
    argv: [...cluster, ...tcp, '--agent-namespace', 'a', '--agent-service-account', 'b'],
    says: '--kubeconfig cannot be empty when agent authentication is enabled',
  },
  {
    why: 'a cipher suite is weak',
    argv: [...cluster, ...tcp, '--cipher-suites', 'TLS_RSA_WITH_RC4_128_SHA'],
    says: "cipher suite TLS_RSA_WITH_RC4_128_SHA not supported, doesn't exist or considered as insecure",
  },
  {
    why: 'the front end is to speak something else',
    argv: [...cluster, ...tcp, '--mode', 'http'],
    says: `mode must be set to either 'grpc' or 'http-connect' not "http"`,
  },
  {
    why: 'a unix socket is to speak two protocols',
    argv: [...cluster, '--uds-name', '/x', '--server-port', '0', '--mode', 'grpc,http-connect'],
    says: 'nothing tells the protocols apart',
  },
  {
    why: 'no strategy is left',
    argv: [...cluster, ...tcp, '--proxy-strategies', ','],
    says: 'cannot be empty',
  },
  {
    why: 'a file is missing',
    argv: [...cluster, ...tcp, '--kubeconfig', '/no/such'],
    says: '/no/such does not exist',
  },
  {
    why: 'a grant is unreadable',
    argv: [...cluster, ...tcp, '--agent-grants', '10.0.0.0/8'],
    says: '--agent-grants',
  },
  {
    why: 'a range is none',
    argv: [...cluster, ...tcp, '--service-cluster-ip-range', '10/8'],
    says: 'expected a CIDR',
  },
  { why: 'a label is none', argv: [...cluster, ...tcp, '--lease-label', 'a'], says: 'expected name=value' },
  {
    why: 'leases are nowhere',
    argv: [...cluster, ...tcp, '--enable-lease-controller'],
    says: 'needs --kubeconfig',
  },
  {
    why: 'a strategy is unknown',
    argv: [...cluster, ...tcp, '--proxy-strategies', 'destCIDR'],
    says: 'unknown proxy strategy: destCIDR',
  },
  {
    why: 'there is no server',
    argv: [...cluster, ...tcp, '--server-count', '0'],
    says: 'must be at least 1',
  },
];
describe('is refused at start when', () => {
  for (const { why, argv, says } of faulty)
    test(why, () => {
      expect(() => complete(...argv)).toThrow(FlagError);
      expect(() => complete(...argv)).toThrow(says);
    });
});
