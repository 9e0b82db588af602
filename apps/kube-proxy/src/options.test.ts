import { expect, test } from 'bun:test';
import { parseFlags } from '@hawser/config';
import { completeOptions, flags } from './options.ts';

const complete = (...argv: string[]) =>
  completeOptions(parseFlags(flags, ['--kubeconfig', 'a', ...argv]).options);

test('without flags node ports are at the primary address, health and metrics on loopback', () => {
  expect(complete()).toMatchObject({
    proxyMode: 'auto',
    nodeportAddresses: ['primary'],
    healthzBindAddress: { host: '127.0.0.1', port: 10_256 },
    metricsBindAddress: { host: '127.0.0.1', port: 10_249 },
    nftablesMinSyncPeriod: 1_000,
    nftablesSyncPeriod: 30_000,
  });
  expect(complete('--metrics-bind-address', '').metricsBindAddress).toBeUndefined();
});

test.each([
  { argv: ['--proxy-mode', 'iptables'], fault: 'invalid value "iptables" for --proxy-mode' },
  { argv: ['--proxy-mode', 'ipvs'], fault: 'invalid value "ipvs" for --proxy-mode' },
  { argv: ['--cluster-cidr', '10.244.0.0'], fault: '--cluster-cidr: not a range' },
  { argv: ['--nodeport-addresses', 'primary,10.0.0.0/8'], fault: '--nodeport-addresses' },
  { argv: ['--nftables-masquerade-bit', '32'], fault: 'must be within the range [0, 31]' },
  { argv: ['--nftables-sync-period', '0'], fault: 'must be greater than 0' },
  { argv: ['--nftables-min-sync-period', '1m'], fault: 'must be 0 to --nftables-sync-period' },
  { argv: ['--healthz-bind-address', '127.0.0.1'], fault: 'expected ADDRESS:PORT' },
  { argv: ['--config', '/etc/kube-proxy.yaml'], fault: 'unknown flag: --config' },
])('$argv is refused: $fault', ({ argv, fault }) => {
  expect(() => complete(...argv)).toThrow(fault);
});

test('upstream’s flags of the modes that are not here are taken with a warning', () => {
  const argv = ['--kubeconfig', 'a', '--iptables-sync-period', '30s', '--conntrack-max-per-core=0', '--v=2'];
  expect(parseFlags(flags, argv).warnings).toHaveLength(3);
});
