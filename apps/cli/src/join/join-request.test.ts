import { describe, expect, test } from 'bun:test';
import { checkJoinFlags, type JoinFlags } from './join-request.ts';

const PIN = `sha256:${'a1'.repeat(32)}`;
const TOKEN = 'abcdef.0123456789abcdef';

function flagsOf(more: Partial<JoinFlags> = {}): JoinFlags {
  return {
    ...{ token: TOKEN, discoveryTokenCaCertHash: [PIN], discoveryTimeout: 1_000, nodeName: 'edge' },
    ...{ rootDir: '/var/lib/kubelet', kubeletArg: [], konnectivityAgentArg: [], kubeProxyArg: [], ...more },
  };
}

test('what was typed is taken apart', () => {
  const flags = flagsOf({
    kubeletArg: ['--max-pods=5'],
    discoveryTokenCaCertHash: [PIN.toUpperCase().replace('SHA', 'sha')],
  });
  expect(checkJoinFlags('hub.example:6443', ['--node-labels', 'a=b'], flags)).toMatchObject({
    token: { id: 'abcdef', secret: '0123456789abcdef' },
    recognition: { endpoint: 'hub.example:6443', pins: [PIN] },
    directory: { kubeconfig: '/var/lib/kubelet/kubelet.kubeconfig' },
    more: { kubelet: ['--max-pods=5', '--node-labels', 'a=b'] },
  });
});

test.each([
  ['hub.example', 'hub.example:6443'],
  ['https://hub.example:443/', 'hub.example:443'],
  ['192.0.2.1', '192.0.2.1:6443'],
  ['2001:db8::1', '[2001:db8::1]:6443'],
  ['[2001:db8::1]:1', '[2001:db8::1]:1'],
])('the hub %s is at %s', (typed, endpoint) => {
  expect(checkJoinFlags(typed, [], flagsOf()).recognition).toMatchObject({ endpoint });
});

test('a CA that is not pinned is a thing that one says', () => {
  const flags = flagsOf({
    discoveryTokenCaCertHash: undefined,
    discoveryTokenUnsafeSkipCaVerification: true,
  });
  expect(checkJoinFlags('hub', [], flags).recognition).toMatchObject({ pins: undefined });
});

describe('refuses', () => {
  const faults: { name: string; endpoint?: string; flags: Partial<JoinFlags>; says: string }[] = [
    { name: 'a token of another form', flags: { token: 'abcdef' }, says: '--token is not of the form' },
    { name: 'no pin', flags: { discoveryTokenCaCertHash: undefined }, says: 'hash is required' },
    {
      name: 'a pin that is none',
      flags: { discoveryTokenCaCertHash: ['sha1:aa'] },
      says: '"sha1:aa" is not',
    },
    {
      name: 'a pin and leave to go without',
      flags: { discoveryTokenUnsafeSkipCaVerification: true },
      says: 'exclude each other',
    },
    { name: 'an endpoint with a path', endpoint: 'hub/x', flags: {}, says: 'no address of a hub' },
    { name: 'an endpoint with two ports', endpoint: 'hub:1:2', flags: {}, says: 'no address of a hub' },
    { name: 'a port that is none', endpoint: 'hub:70000', flags: {}, says: 'no address of a hub' },
    { name: 'a name that no Node may have', flags: { nodeName: 'Edge_1' }, says: '--node-name' },
    { name: 'an address that is none', flags: { nodeIp: '127.0.0' }, says: '--node-ip' },
    { name: 'half a NATS key pair', flags: { natsCertFile: 'a' }, says: 'belong together' },
    { name: 'a file and an address', flags: { discoveryFile: 'x' }, says: '--discovery-file says' },
  ];
  for (const { name, endpoint = 'hub', flags, says } of faults)
    test(name, () => expect(() => checkJoinFlags(endpoint, [], flagsOf(flags))).toThrow(says));

  test('a file that is not there', () => {
    const flags = flagsOf({ discoveryFile: '/nonexistent', discoveryTokenCaCertHash: undefined });
    expect(() => checkJoinFlags(undefined, [], flags)).toThrow('--discovery-file cannot be read: ENOENT');
  });
});
