import { expect, test } from 'bun:test';
import type { CertificateSigningRequest, Node } from '@hawser/api';
import { createCertificateRequest, generateKeyPair, parseCertificateRequest } from '@hawser/pki';
import { canonical, decideKubeletServing, isWithin, type ServingFacts } from './decide-kubelet-serving.ts';

const keyPair = generateKeyPair('ecdsa-p256');

interface Asked {
  commonName?: string;
  organizations?: string[];
  dnsNames?: string[];
  ipAddresses?: string[];
  emails?: string[];
  uris?: string[];
}

function requestFor(asked: Asked) {
  const { commonName = 'system:node:node-1', organizations = ['system:nodes'], ...sans } = asked;
  const names = { dnsNames: ['node-1'], ipAddresses: ['127.0.1.1'], ...sans };
  return parseCertificateRequest(
    createCertificateRequest({ keyPair, subject: { commonName, organizations }, ...names }),
  );
}

function csr(spec: Partial<CertificateSigningRequest['spec']> = {}): CertificateSigningRequest {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'csr-1' },
    spec: {
      request: '',
      signerName: 'kubernetes.io/kubelet-serving',
      usages: ['digital signature', 'server auth'],
      username: 'system:node:node-1',
      groups: ['system:nodes', 'system:authenticated'],
      extra: { 'hawser.dev/source-ip': ['127.0.1.1'] },
      ...spec,
    },
  };
}

function node(name: string, addresses: string[], allowed?: string): Node {
  const annotations = allowed === undefined ? undefined : { 'hawser.dev/allowed-addresses': allowed };
  const typed = addresses.map((address) => ({
    type: /[a-z]/.test(address) ? 'Hostname' : 'InternalIP',
    address,
  }));
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, annotations }, status: { addresses: typed } };
}

const facts = (change: Partial<ServingFacts> = {}): ServingFacts => ({
  node: node('node-1', ['127.0.1.1', 'node-1']),
  otherNodes: [node('node-2', ['127.0.1.2', 'node-2'])],
  hubAddresses: ['hub.example.com', '192.0.2.1', '10.96.0.1'],
  serviceCidr: '10.96.0.0/16',
  podCidr: '10.244.0.0/16',
  allowLoopback: true,
  clusterDomain: 'cluster.local',
  ...change,
});

test.each<{ name: string; asked?: Asked; spec?: Parameters<typeof csr>[0]; facts?: Partial<ServingFacts> }>([
  { name: 'the address that it asks from, and its name' },
  { name: 'its address alone', asked: { dnsNames: [] } },
  { name: 'its name alone', asked: { ipAddresses: [] }, spec: { extra: {} } },
  {
    name: 'an RSA key and its usages',
    spec: { usages: ['digital signature', 'key encipherment', 'server auth'] },
  },
  {
    name: 'an address that an administrator listed',
    asked: { ipAddresses: ['203.0.113.5'] },
    facts: { node: node('node-1', ['203.0.113.5', 'node-1'], '203.0.113.5, 2001:db8::5') },
  },
  {
    name: 'a DNS name that an administrator listed',
    asked: { dnsNames: ['edge-1.example.com'] },
    facts: { node: node('node-1', ['127.0.1.1', 'edge-1.example.com'], 'edge-1.example.com') },
  },
  {
    name: 'an IPv6 address spelt in another way',
    asked: { ipAddresses: ['2001:db8::7'] },
    spec: { extra: { 'hawser.dev/source-ip': ['2001:DB8:0::7'] } },
    facts: { node: node('node-1', ['2001:0db8::0007', 'node-1']) },
  },
  {
    name: 'an address that an administrator listed, whatever another node says of it',
    asked: { ipAddresses: ['203.0.113.5'] },
    facts: {
      node: node('node-1', ['203.0.113.5', 'node-1'], '203.0.113.5'),
      otherNodes: [node('node-2', ['203.0.113.5'])],
    },
  },
  {
    name: 'the same address twice, in two spellings',
    asked: { ipAddresses: ['127.0.1.1', '::ffff:127.0.1.1'], dnsNames: ['node-1', 'NODE-1'] },
  },
  {
    name: 'an IPv4 address that came in over an IPv6 socket',
    spec: { extra: { 'hawser.dev/source-ip': ['::ffff:127.0.1.1'] } },
  },
])('approves $name', ({ asked = {}, spec, facts: change }) => {
  expect(decideKubeletServing(csr(spec), requestFor(asked), facts(change))).toEqual({ approved: true });
});

const attacks: {
  name: string;
  asked?: Asked;
  spec?: Parameters<typeof csr>[0];
  facts?: Partial<ServingFacts>;
  why: string;
}[] = [
  { name: 'another signer', spec: { signerName: 'kubernetes.io/legacy-unknown' }, why: 'signer' },
  {
    name: 'a certificate for another node',
    asked: { commonName: 'system:node:node-2' },
    why: 'requestor is not',
  },
  { name: 'a requestor who is no node', spec: { username: 'eve' }, why: 'requestor is not the subject' },
  {
    name: 'a requestor outside the nodes group',
    spec: { groups: ['system:authenticated'] },
    why: 'system:nodes',
  },
  {
    name: 'a common name that is no node, by its owner',
    asked: { commonName: 'eve' },
    spec: { username: 'eve' },
    why: 'does not begin with',
  },
  {
    name: 'a further organization',
    asked: { organizations: ['system:nodes', 'system:masters'] },
    why: 'organization',
  },
  { name: 'another organization', asked: { organizations: ['system:masters'] }, why: 'organization' },
  { name: 'client usage', spec: { usages: ['digital signature', 'client auth'] }, why: 'usages' },
  {
    name: 'client usage as well',
    spec: { usages: ['digital signature', 'server auth', 'client auth'] },
    why: 'usages',
  },
  {
    name: 'signing of certificates',
    spec: { usages: ['digital signature', 'server auth', 'cert sign'] },
    why: 'usages',
  },
  {
    name: 'all usages there are',
    spec: { usages: ['digital signature', 'key encipherment', 'server auth', 'any'] },
    why: 'usages',
  },
  { name: 'no usages', spec: { usages: [] }, why: 'usages' },
  {
    name: "another node's certificate, asked for by an administrator",
    spec: { username: 'kubernetes-admin', groups: ['system:masters'] },
    why: 'requestor is not the subject',
  },
  {
    name: 'a requestor whose name ends like a node',
    spec: { username: 'eve:system:node:node-1' },
    why: 'requestor is not the subject',
  },
  { name: 'no organization', asked: { organizations: [] }, why: 'organization' },
  {
    name: 'the organization twice',
    asked: { organizations: ['system:nodes', 'system:nodes'] },
    why: 'organization',
  },
  {
    name: 'an object of another node under its name',
    facts: { node: node('node-3', ['127.0.1.1', 'node-1']) },
    why: 'the node is another',
  },
  { name: 'no name at all', asked: { dnsNames: [], ipAddresses: [] }, why: 'required' },
  { name: 'an email name', asked: { emails: ['a@b.c'] }, why: 'Email' },
  { name: 'a URI name', asked: { uris: ['spiffe://cluster.local/ns/kube-system'] }, why: 'URI' },
  { name: 'a node that does not exist', facts: { node: undefined }, why: 'does not exist' },
  {
    name: 'a node on its way out',
    facts: {
      node: { ...node('node-1', ['127.0.1.1']), metadata: { name: 'node-1', deletionTimestamp: 'x' } },
    },
    why: 'being deleted',
  },
  { name: 'an address that it has not stated', asked: { ipAddresses: ['127.0.1.9'] }, why: 'not among' },
  {
    name: 'an address that it stated but does not come from',
    asked: { ipAddresses: ['198.51.100.7'] },
    facts: { node: node('node-1', ['127.0.1.1', '198.51.100.7']) },
    why: 'own word only',
  },
  {
    name: 'one good address and one bad',
    asked: { ipAddresses: ['127.0.1.1', '198.51.100.7'] },
    facts: { node: node('node-1', ['127.0.1.1', '198.51.100.7', 'node-1']) },
    why: 'own word only',
  },
  { name: 'an address nobody saw it come from', spec: { extra: {} }, why: 'own word only' },
  {
    name: 'two source addresses',
    spec: { extra: { 'hawser.dev/source-ip': ['127.0.1.1', '127.0.1.9'] } },
    why: 'own word only',
  },
  {
    name: "another node's address, stated as its own, from the same NAT gateway",
    asked: { ipAddresses: ['127.0.1.2'] },
    spec: { extra: { 'hawser.dev/source-ip': ['127.0.1.2'] } },
    facts: { node: node('node-1', ['127.0.1.2', 'node-1']) },
    why: 'claimed by another node',
  },
  {
    name: 'an address listed for another node that has not stated it',
    asked: { ipAddresses: ['203.0.113.5'] },
    spec: { extra: { 'hawser.dev/source-ip': ['203.0.113.5'] } },
    facts: {
      node: node('node-1', ['203.0.113.5', 'node-1']),
      otherNodes: [node('node-2', [], '203.0.113.5')],
    },
    why: 'claimed by another node',
  },
  {
    name: "the API server's address, from the same machine",
    asked: { ipAddresses: ['192.0.2.1'] },
    spec: { extra: { 'hawser.dev/source-ip': ['192.0.2.1'] } },
    facts: { node: node('node-1', ['192.0.2.1', 'node-1']) },
    why: "API server's",
  },
  {
    name: "the API server's address in IPv4-mapped form",
    asked: { ipAddresses: ['::ffff:192.0.2.1'] },
    spec: { extra: { 'hawser.dev/source-ip': ['192.0.2.1'] } },
    facts: { node: node('node-1', ['::ffff:192.0.2.1', 'node-1']) },
    why: "API server's",
  },
  {
    name: 'an address of the service range, even listed',
    asked: { ipAddresses: ['10.96.3.4'] },
    facts: { node: node('node-1', ['10.96.3.4', 'node-1'], '10.96.3.4') },
    why: 'service range',
  },
  {
    name: 'the loopback address, from the same machine',
    asked: { ipAddresses: ['127.0.0.1'] },
    spec: { extra: { 'hawser.dev/source-ip': ['127.0.0.1'] } },
    facts: { node: node('node-1', ['127.0.0.1', 'node-1']) },
    why: "no node's",
  },
  {
    name: 'the unspecified address, even listed',
    asked: { ipAddresses: ['0.0.0.0'] },
    facts: { node: node('node-1', ['0.0.0.0', 'node-1'], '0.0.0.0') },
    why: "no node's",
  },
  {
    name: 'another loopback address, where nodes are machines of their own',
    facts: { allowLoopback: false },
    why: "no node's",
  },
  {
    name: 'the IPv6 loopback address, even listed',
    asked: { ipAddresses: ['::1'] },
    facts: { node: node('node-1', ['::1', 'node-1'], '::1') },
    why: "no node's",
  },
  {
    name: 'the loopback address in IPv4-mapped form',
    asked: { ipAddresses: ['::ffff:127.0.0.1'] },
    spec: { extra: { 'hawser.dev/source-ip': ['::ffff:127.0.0.1'] } },
    facts: { node: node('node-1', ['::ffff:7f00:1', 'node-1']) },
    why: "no node's",
  },
  {
    name: 'the address of metadata services, even listed',
    asked: { ipAddresses: ['169.254.169.254'] },
    facts: { node: node('node-1', ['169.254.169.254', 'node-1'], '169.254.169.254') },
    why: "no node's",
  },
  {
    name: 'a link-local IPv6 address that it comes from',
    asked: { ipAddresses: ['fe80::1'] },
    spec: { extra: { 'hawser.dev/source-ip': ['fe80::1'] } },
    facts: { node: node('node-1', ['fe80::1', 'node-1']) },
    why: "no node's",
  },
  {
    name: 'the address of the Service kubernetes',
    asked: { ipAddresses: ['10.96.0.1'] },
    spec: { extra: { 'hawser.dev/source-ip': ['10.96.0.1'] } },
    facts: { node: node('node-1', ['10.96.0.1', 'node-1']), hubAddresses: [] },
    why: 'service range',
  },
  {
    name: 'an address of the service range in IPv4-mapped form',
    asked: { ipAddresses: ['::ffff:10.96.0.1'] },
    facts: { node: node('node-1', ['::ffff:10.96.0.1'], '::ffff:10.96.0.1'), hubAddresses: [] },
    why: 'service range',
  },
  {
    name: "a pod's address, from within the pod",
    asked: { ipAddresses: ['10.244.3.7'] },
    spec: { extra: { 'hawser.dev/source-ip': ['10.244.3.7'] } },
    facts: { node: node('node-1', ['10.244.3.7', 'node-1']) },
    why: 'pod range',
  },
  {
    name: "an address of another node's pods, outside the range of the flag",
    asked: { ipAddresses: ['172.16.2.7'] },
    spec: { extra: { 'hawser.dev/source-ip': ['172.16.2.7'] } },
    facts: {
      node: node('node-1', ['172.16.2.7', 'node-1']),
      otherNodes: [
        { ...node('node-2', []), spec: { podCIDR: '172.16.2.0/24', podCIDRs: ['172.16.2.0/24'] } },
      ],
    },
    why: 'pod range',
  },
  {
    name: 'the address of the gateway that it comes through, when another node is behind it, too',
    asked: { ipAddresses: ['198.51.100.1'] },
    spec: { extra: { 'hawser.dev/source-ip': ['198.51.100.1'] } },
    facts: {
      node: node('node-1', ['198.51.100.1', 'node-1']),
      otherNodes: [node('node-2', ['198.51.100.1'])],
    },
    why: 'claimed by another node',
  },
  {
    name: 'its own address behind a gateway, or behind Konnectivity, without a list',
    asked: { ipAddresses: ['192.168.1.5'] },
    spec: { extra: { 'hawser.dev/source-ip': ['198.51.100.1'] } },
    facts: { node: node('node-1', ['192.168.1.5', 'node-1']) },
    why: 'own word only',
  },
  {
    name: 'an address that somebody else’s list has',
    asked: { ipAddresses: ['203.0.113.5'] },
    facts: {
      node: node('node-1', ['203.0.113.5', 'node-1'], '203.0.113.5'),
      otherNodes: [node('node-2', [], '203.0.113.5')],
    },
    why: 'claimed by another node',
  },
  {
    name: 'one stranger among a thousand names',
    asked: {
      dnsNames: [...Array.from({ length: 999 }, () => 'node-1'), 'hub.example.com'],
      ipAddresses: [],
    },
    why: 'not among',
  },
  {
    name: 'an address as a DNS name',
    asked: { commonName: 'system:node:192.0.2.1', dnsNames: ['192.0.2.1'], ipAddresses: [] },
    spec: { username: 'system:node:192.0.2.1' },
    facts: { node: node('192.0.2.1', ['192.0.2.1']), hubAddresses: [] },
    why: 'is an address',
  },
  { name: 'a DNS name that it has not stated', asked: { dnsNames: ['elsewhere'] }, why: 'not among' },
  {
    name: 'a host name that it stated but that is not its node name',
    asked: { dnsNames: ['registry.example.com'] },
    facts: { node: node('node-1', ['127.0.1.1', 'registry.example.com']) },
    why: 'own word only',
  },
  {
    name: "the API server's DNS name as its own host name, even listed",
    asked: { dnsNames: ['hub.example.com'] },
    facts: { node: node('node-1', ['127.0.1.1', 'hub.example.com'], 'hub.example.com') },
    why: "cluster's",
  },
  ...[
    ...['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
    ...['localhost', 'a.localhost', 'localhost.localdomain', 'svc', 'cluster.local', 'cluster'],
    ...['web.shop.svc', 'web.shop.svc.cluster.local', 'KUBERNETES', 'kubernetes.'],
  ].map((name) => ({
    name: `a node that calls itself ${name}`,
    asked: { commonName: `system:node:${name}`, dnsNames: [name] },
    spec: { username: `system:node:${name}` },
    facts: { node: node(name, ['127.0.1.1', name]) },
    why: "cluster's",
  })),
  {
    name: "another node's name as its own host name",
    asked: { dnsNames: ['node-2'] },
    facts: { node: node('node-1', ['127.0.1.1', 'node-2'], 'node-2') },
    why: 'claimed by another node',
  },
  {
    name: 'a wildcard',
    asked: { dnsNames: ['*.example.com'] },
    facts: { node: node('node-1', ['127.0.1.1', '*.example.com'], '*.example.com') },
    why: "cluster's",
  },
];

test('refuses a subject that says more, and a request for an authority', () => {
  const openssl = (...options: string[]) => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];
    const { stdout, stderr } = Bun.spawnSync(['openssl', 'req', '-new', ...key, ...options]);
    if (stdout.length === 0) throw new Error(stderr.toString());
    return parseCertificateRequest(stdout.toString());
  };
  const subject = '/O=system:nodes/CN=system:node:node-1';
  const names = ['-addext', 'subjectAltName=DNS:node-1,IP:127.0.1.1'];
  const whyOf = (request: ReturnType<typeof requestFor>) => decideKubeletServing(csr(), request, facts());
  expect(whyOf(openssl('-subj', subject, ...names))).toEqual({ approved: true });
  expect(whyOf(openssl('-subj', `${subject}/OU=hub`, ...names))).toMatchObject({
    why: 'the subject says more than a name and an organization',
  });
  const authority = openssl('-subj', subject, ...names, '-addext', 'basicConstraints=critical,CA:TRUE');
  expect(whyOf(authority)).toMatchObject({ why: 'the request is for a certificate authority' });
  const other = openssl('-subj', subject, '-addext', 'subjectAltName=IP:127.0.1.1,otherName:1.2.3;UTF8:x');
  expect(whyOf(other)).toMatchObject({ why: 'otherName subjectAltNames are not allowed' });
});

test.each(attacks)('refuses $name', ({ asked = {}, spec, facts: change, why }) => {
  const decision = decideKubeletServing(csr(spec), requestFor(asked), facts(change));
  expect(decision.approved).toBe(false);
  if (!decision.approved) expect(decision.why).toContain(why);
});

test.each([
  ['2001:0DB8:0:0::1', '2001:db8::1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['10.0.0.1', '10.0.0.1'],
  ['Node-1.Example.COM.', 'node-1.example.com'],
])('%s is spelt %s', (from, to) => expect(canonical(from)).toBe(to));

test('an address lies in one of several ranges', () => {
  expect(isWithin('10.96.255.255', '10.96.0.0/16,fd00::/108')).toBe(true);
  expect(isWithin('10.97.0.0', '10.96.0.0/16,fd00::/108')).toBe(false);
  expect(isWithin('fd00::5', '10.96.0.0/16,fd00::/108')).toBe(true);
});
