import { requireBubblewrap } from '../cluster/required-tools.ts';
import { shareNetwork } from './network-suite.ts';
import { declareTunnelTests } from './tunnel-tests.ts';

requireBubblewrap();
const suite = shareNetwork({
  nodes: 1,
  egress: 'konnectivity',
  flags: { 'konnectivity-agent': ['--protocol', 'grpc'] },
});

declareTunnelTests(suite, {
  openPorts: () => [],
  port: ({ ports }) => ports.konnectivityAgents,
  fault: /konnectivity/,
});
