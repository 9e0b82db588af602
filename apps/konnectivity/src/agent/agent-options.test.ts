import { expect, test } from 'bun:test';
import { FlagError, parseFlags } from '@hawser/config';
import { completeOptions, FLAGS, weakenedSettings } from './agent-options.ts';

const BASE = ['--ca-cert', 'ca.crt', '--agent-cert', 'a.pem', '--agent-key', 'a.pem'];
const complete = (...argv: string[]) => completeOptions(parseFlags(FLAGS, argv).options);

test('an ID is made where none is given', () => {
  expect(complete(...BASE).agentId).toMatch(/^[0-9a-f]{8}-/);
  expect(complete(...BASE, '--agent-id', 'node-1').agentId).toBe('node-1');
});

test('a token will do instead of a certificate', () => {
  expect(() => complete('--ca-cert', 'ca.crt', '--service-account-token-path', 'token')).not.toThrow();
});

test("starts with the flags of upstream's documented manifests", () => {
  const { options, warnings } = parseFlags(FLAGS, [
    ...[
      '--logtostderr=true',
      '--ca-cert=ca.crt',
      '--proxy-server-host=35.225.206.7',
      '--proxy-server-port=8132',
    ],
    ...['--admin-server-port=8133', '--health-server-port=8134', '--sync-interval=5s'],
    ...['--sync-interval-cap=30s', '--sync-forever', '--probe-interval=5s', '--v=2'],
    ...['--service-account-token-path=/var/run/secrets/tokens/konnectivity-agent-token'],
    ...['--agent-identifiers=ipv4=10.0.0.1', '--enable-profiling=false', '--xfr-channel-size=150'],
  ]);
  expect(completeOptions(options)).toMatchObject({ adminServerPort: 8133, syncForever: true });
  expect(warnings.map((text) => text.split(' ')[0])).toEqual([
    ...['--logtostderr', '--v', '--enable-profiling', '--xfr-channel-size'],
  ]);
});

test('what weakens it is known', () => {
  expect(weakenedSettings(complete(...BASE))).toEqual([]);
  const open = ['--allow-loopback-targets', '--health-server-host', '10.0.0.1', '--admin-bind-address='];
  expect(weakenedSettings(complete(...BASE, ...open)).map((text) => text.split(':')[0])).toEqual([
    '--allow-loopback-targets',
    '--admin-bind-address',
    '--health-server-host',
  ]);
});

const faults: { name: string; argv: string[]; says: string }[] = [
  { name: 'no identity', argv: ['--ca-cert', 'ca.crt'], says: 'the agent must show who it is' },
  {
    name: 'a certificate without its key',
    argv: ['--ca-cert', 'c', '--agent-cert', 'a'],
    says: '--agent-cert needs --agent-key',
  },
  { name: 'no CA', argv: BASE.slice(2), says: '--ca-cert is required' },
  {
    name: 'an identifier of another kind',
    argv: [...BASE, '--agent-identifiers', 'ipv4=10.0.0.1&mac=1'],
    says: 'unknown address type: mac',
  },
  {
    name: 'Leases without a kubeconfig',
    argv: [...BASE, '--count-server-leases'],
    says: '--count-server-leases needs --kubeconfig',
  },
  {
    name: 'an interval beyond its cap',
    argv: [...BASE, '--sync-interval', '20s'],
    says: '--sync-interval must not be longer than --sync-interval-cap',
  },
  {
    name: 'a port that is none',
    argv: [...BASE, '--health-server-port', '0'],
    says: 'invalid value "0" for --health-server-port',
  },
];
for (const { name, argv, says } of faults)
  test(`refuses ${name}`, () => {
    expect(() => complete(...argv)).toThrow(FlagError);
    expect(() => complete(...argv)).toThrow(says);
  });
