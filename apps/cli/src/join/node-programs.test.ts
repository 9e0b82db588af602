import { expect, test } from 'bun:test';
import { portsFor } from '@hawser/config';
import { nodeDirectory } from './node-directory.ts';
import { type NodeSetting, nodeProgramFlags } from './node-programs.ts';

const networking = { dnsDomain: 'corp.example', podSubnet: '10.1.0.0/16', serviceSubnet: '10.2.0.0/16' };
const konnectivity = { server: '[2001:db8::1]:8132', certificateAuthority: 'PEM' };

function flagsOf(more: Partial<NodeSetting>): Record<string, string> {
  const setting: NodeSetting = {
    ...{
      name: 'edge',
      ip: '192.0.2.9',
      directory: nodeDirectory('/n'),
      cluster: { networking, konnectivity },
    },
    ...{ ports: portsFor(6443), nats: undefined },
    more: { kubelet: ['--max-pods', '5'], 'kube-proxy': [], 'konnectivity-agent': ['--agent-id', 'x'] },
    ...more,
  };
  return Object.fromEntries(nodeProgramFlags(setting).map(([name, flags]) => [name, flags.join(' ')]));
}

test('each program is told who the node is and what the cluster says', () => {
  const { kubelet, 'kube-proxy': proxy, 'konnectivity-agent': agent } = flagsOf({});
  expect(kubelet).toContain('--hostname-override edge --node-ip 192.0.2.9');
  expect(kubelet).toContain('--healthz-bind-address 127.0.0.1 ');
  expect(kubelet).toContain('--cluster-domain corp.example');
  expect(kubelet).toEndWith('--max-pods 5');
  expect(kubelet).not.toContain('--nats');
  expect(kubelet).toContain('--network-plugin auto --kube-proxy-address 127.0.0.1:10249');
  expect(proxy).toContain('--proxy-mode auto --cluster-cidr 10.1.0.0/16');
  expect(proxy).toContain('--healthz-bind-address 127.0.0.1:10256');
  expect(agent).toContain('--proxy-server-host 2001:db8::1 --proxy-server-port 8132');
  expect(agent).toContain('--agent-identifiers ipv4=192.0.2.9&host=edge');
  expect(agent).toEndWith('--agent-id x');
});

test('there is no agent where the hub reaches nodes otherwise', () => {
  expect(Object.keys(flagsOf({ cluster: { networking } }))).toEqual(['kubelet', 'kube-proxy']);
});

test('a node at a loopback address leaves the network of its machine alone, and shares no port', () => {
  const { kubelet, 'kube-proxy': proxy } = flagsOf({ ip: '127.0.1.9' });
  expect(kubelet).toContain('--healthz-bind-address 127.0.1.9 ');
  expect(kubelet).toContain('--network-plugin host');
  expect(kubelet).not.toContain('--kube-proxy-address');
  expect(proxy).toContain('--proxy-mode none');
  expect(proxy).toContain('--metrics-bind-address 127.0.1.9:10249');
});

test('a node at an address of IPv6 is announced as such', () => {
  const { 'konnectivity-agent': agent, 'kube-proxy': proxy } = flagsOf({ ip: '2001:db8::9' });
  expect(proxy).toContain('--healthz-bind-address 127.0.0.1:10256');
  expect(agent).toContain('--agent-identifiers ipv6=2001:db8::9&host=edge');
});

test('a node that was given a key publishes its audit events', () => {
  const nats = { url: 'tls://hub:4222', caFile: '/ca', certFile: '/c', keyFile: '/k' };
  expect(flagsOf({ nats })['kubelet']).toContain(
    '--nats-url tls://hub:4222 --nats-ca-file /ca --nats-cert-file /c --nats-key-file /k',
  );
});
