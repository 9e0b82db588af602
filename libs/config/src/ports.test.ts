import { expect, test } from 'bun:test';
import { portsFor } from './ports.ts';

test('the default hub port has the ports that are documented', () => {
  expect(portsFor(6443)).toEqual({
    hub: 6443,
    kubelet: 10250,
    kubeletHealth: 10248,
    controllerManager: 10257,
    konnectivityFrontEnd: 8131,
    konnectivityAgents: 8132,
    konnectivityAdmin: 8133,
    konnectivityHealth: 8134,
    konnectivityAgentHealth: 8093,
    konnectivityAgentAdmin: 8094,
    kubeProxyHealth: 10256,
    kubeProxyMetrics: 10249,
    nats: 4222,
    ssh: 10022,
  });
});

test('another hub port moves all by the same distance', () => {
  expect(portsFor(6543)).toMatchObject({ hub: 6543, kubelet: 10350, nats: 4322 });
});
