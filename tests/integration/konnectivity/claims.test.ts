import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { CertificateAuthority } from '@hawser/pki';
import { HttpConnectDialer, TcpFrontEnd } from '@hawser/tunnel-konnectivity';
import { konnectivityServerCommand, programOf } from '../../../scripts/services.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { authorityOf, foreignAuthority, issue, type KeyMaterial } from '../../cluster/identities.ts';
import type { ServiceProcess } from '../../cluster/service-process.ts';
import { converse, EchoTarget } from './echo-target.ts';

/** The hub, a Konnectivity server that asks it, and agents of nodes that an administrator has made. */
const suite = shareCluster({ egress: 'direct' });
const HUB_ADDRESS = '127.0.5.99';
const [ONE, TWO, SHARED] = ['127.0.5.1', '127.0.5.2', '127.0.5.3'] as const;

let targets: EchoTarget[] = [];
let server: ServiceProcess;
let agents = 0;

beforeAll(async () => {
  targets = await Promise.all([ONE, TWO, SHARED, HUB_ADDRESS].map((host) => EchoTarget.start(host)));
  const { cluster } = suite;
  server = cluster.add('claims-server', [
    ...konnectivityServerCommand(cluster.place),
    ...['--agent-namespace', 'kube-system', '--agent-service-account', 'konnectivity-agent'],
    ...['--hub-addresses', HUB_ADDRESS, '--backend-dial-timeout', '1s', '--log-level', 'debug'],
  ]);
  server.start();
  await cluster.admin.post('/api/v1/namespaces/kube-system/serviceaccounts', {
    metadata: { name: 'konnectivity-agent' },
  });
  await eventually(() => server.log().includes('"serving"'));
}, 60_000);
afterAll(() => Promise.all(targets.map((target) => target[Symbol.asyncDispose]())));

/** Makes a Node, or gives one other addresses. */
async function putNode(name: string, addresses: string[], annotations = {}): Promise<void> {
  const { admin } = suite.cluster;
  await admin.post('/api/v1/nodes', { metadata: { name } });
  await admin.patch(`/api/v1/nodes/${name}`, 'merge', { metadata: { annotations } });
  const status = { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) };
  const answer = await admin.patch(`/api/v1/nodes/${name}/status`, 'merge', { status });
  expect(answer.status).toBe(200);
}

const ofNode = (name: string, ca?: CertificateAuthority): KeyMaterial =>
  issue(ca ?? authorityOf(suite.cluster.layout.pki.ca), {
    commonName: `system:node:${name}`,
    organizations: ['system:nodes'],
  });

interface AgentOptions {
  readonly identifiers: string;
  readonly certificate?: KeyMaterial;
  readonly token?: string;
}

/** Starts an agent with an ID of its own, which ends with the cluster unless it is stopped before. */
function startAgent({ identifiers, certificate, token }: AgentOptions) {
  agents += 1;
  const { cluster } = suite;
  const [id, address] = [`claimant-${agents}`, `127.0.6.${agents}`];
  const directory = join(cluster.place.home, id);
  mkdirSync(directory);
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text, { mode: 0o600 });
    return join(directory, name);
  };
  const credential =
    certificate === undefined
      ? ['--service-account-token-path', file('token', token ?? '')]
      : ['--agent-cert', file('tls.crt', certificate.cert), '--agent-key', file('tls.key', certificate.key)];
  const service = cluster.add(id, [
    ...programOf('konnectivity-agent'),
    ...['--proxy-server-host', '127.0.0.1', '--proxy-server-port', `${cluster.ports.konnectivityAgents}`],
    ...['--ca-cert', cluster.layout.konnectivityPki.ca.certificate, '--agent-id', id, ...credential],
    ...['--agent-identifiers', identifiers, '--allow-loopback-targets'],
    ...['--health-server-host', address, '--health-server-port', `${cluster.ports.konnectivityAgentHealth}`],
    ...['--admin-bind-address', address, '--admin-server-port', `${cluster.ports.konnectivityAgentAdmin}`],
  ]);
  service.start();
  const said = () =>
    server
      .log()
      .split('\n')
      .filter((line) => line.includes(`"agentID":"${id}"`));
  return {
    said: (words: string) => eventually(() => said().find((line) => line.includes(words))),
    lines: said,
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

function dial(host: string, certificate?: string, key?: string): Promise<Duplex> {
  const { layout, ports } = suite.cluster;
  const { ca, apiserver } = layout.konnectivityPki;
  const files = {
    caBundle: ca.certificate,
    clientCert: certificate ?? apiserver.certificate,
    clientKey: key ?? apiserver.key,
  };
  const frontEnd = new TcpFrontEnd(`https://127.0.0.1:${ports.konnectivityFrontEnd}`, files);
  const port = targets.find((target) => target.host === host)!.port;
  return new HttpConnectDialer({ frontEnd }).dial({ host, port });
}

/** What comes of an attempt to reach a target. */
const reach = (host: string) =>
  dial(host).then(
    (stream) => converse(stream, 'x').then((heard) => (heard === `${host}\nx` ? 'reached' : heard)),
    (error: Error) => error.message,
  );
const unserved = (host: string) => expect.stringContaining(`no agent is connected that serves ${host}`);

describe('a Node', () => {
  suite.test('is reached by its own agent, and by no other that claims its address', async () => {
    await putNode('one', [ONE]);
    await putNode('two', [TWO]);
    await using thief = startAgent({
      certificate: ofNode('one'),
      identifiers: `ipv4=${ONE}&ipv4=${TWO}&host=two`,
    });
    await thief.said('do not count');
    await eventually(async () => (await reach(ONE)) === 'reached');
    expect(await reach(TWO)).toEqual(unserved(TWO));
    await using own = startAgent({ certificate: ofNode('two'), identifiers: `ipv4=${TWO}` });
    await eventually(async () => (await reach(TWO)) === 'reached');
    await own.said('tunnel opened');
    expect(
      thief.lines().some((line) => line.includes(`"host":"${TWO}"`) && line.includes('tunnel opened')),
    ).toBe(false);
  });

  suite.test('loses an address, and has it back', async () => {
    await putNode('one', [ONE]);
    await using _agent = startAgent({ certificate: ofNode('one'), identifiers: `ipv4=${ONE}` });
    await eventually(async () => (await reach(ONE)) === 'reached');
    await putNode('one', ['127.0.5.50']);
    await eventually(async () => (await reach(ONE)) !== 'reached');
    expect(await reach(ONE)).toEqual(unserved(ONE));
    await putNode('one', [ONE]);
    await eventually(async () => (await reach(ONE)) === 'reached');
  });

  suite.test('shares no address with another, until an administrator says whose it is', async () => {
    await putNode('one', [ONE, SHARED]);
    await using agent = startAgent({ certificate: ofNode('one'), identifiers: `ipv4=${SHARED}` });
    await eventually(async () => (await reach(SHARED)) === 'reached');
    await putNode('two', [TWO, SHARED]);
    await agent.said('"reason":"other_node"');
    expect(await reach(SHARED)).toEqual(unserved(SHARED));
    await putNode('one', [ONE, SHARED], { 'hawser.dev/allowed-addresses': SHARED });
    await eventually(async () => (await reach(SHARED)) === 'reached');
    await putNode('one', [ONE], { 'hawser.dev/allowed-addresses': null });
    await putNode('two', [TWO]);
  });

  suite.test('has no claim to where the API server is', async () => {
    await putNode('one', [ONE, HUB_ADDRESS, '10.96.0.77']);
    await using agent = startAgent({
      certificate: ofNode('one'),
      identifiers: `ipv4=${HUB_ADDRESS}&ipv4=10.96.0.77`,
    });
    const line = await agent.said('"reason":"service_range"');
    expect(line).toContain('"reason":"hub_address"');
    expect(await reach(HUB_ADDRESS)).toEqual(unserved(HUB_ADDRESS));
  });

  suite.test('that is gone is reached no more', async () => {
    await putNode('brief', [SHARED]);
    await using _agent = startAgent({ certificate: ofNode('brief'), identifiers: `ipv4=${SHARED}` });
    await eventually(async () => (await reach(SHARED)) === 'reached');
    await suite.cluster.admin.delete('/api/v1/nodes/brief');
    await eventually(async () => (await reach(SHARED)) !== 'reached');
  });
});

async function tokenOf(account: string, audience: string, node?: string): Promise<string> {
  const { admin } = suite.cluster;
  if (account !== 'konnectivity-agent')
    await admin.post('/api/v1/namespaces/kube-system/serviceaccounts', { metadata: { name: account } });
  const bound = node === undefined ? {} : { boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: node } };
  const path = `/api/v1/namespaces/kube-system/serviceaccounts/${account}/token`;
  const { json } = await admin.post(path, { spec: { audiences: [audience], ...bound } });
  expect(json.status?.token).toBeString();
  return json.status.token;
}

describe('a token', () => {
  const AUDIENCE = 'system:konnectivity-server';

  suite.test('that is bound to a Node serves that Node, and no other', async () => {
    await putNode('one', [ONE]);
    await putNode('two', [TWO]);
    const token = await tokenOf('konnectivity-agent', AUDIENCE, 'one');
    await using agent = startAgent({ token, identifiers: `ipv4=${ONE}&ipv4=${TWO}` });
    await agent.said('"nodeName":"one"');
    await eventually(async () => (await reach(ONE)) === 'reached');
    expect(await reach(TWO)).toEqual(unserved(TWO));
  });

  suite.test(
    'of an agent that claims nothing, as upstream’s in its documented set-up, serves its Node',
    async () => {
      await putNode('one', [ONE]);
      const token = await tokenOf('konnectivity-agent', AUDIENCE, 'one');
      await using _agent = startAgent({ token, identifiers: '' });
      await eventually(async () => (await reach(ONE)) === 'reached');
      expect(await reach(TWO)).toEqual(unserved(TWO));
    },
  );

  suite.test('that is bound to none serves none', async () => {
    const token = await tokenOf('konnectivity-agent', AUDIENCE);
    await using agent = startAgent({ token, identifiers: `ipv4=${ONE}` });
    await agent.said('agent connected');
    expect(await agent.said('do not count')).toContain('"reason":"not_granted"');
    expect(await reach(ONE)).toEqual(unserved(ONE));
  });

  suite.test('for another audience, or of another account, lets nobody in', async () => {
    const faulty = [
      await tokenOf('konnectivity-agent', 'https://kubernetes.default.svc.cluster.local', 'one'),
      await tokenOf('somebody-else', AUDIENCE, 'one'),
      'made.up.token',
    ];
    for (const token of faulty) {
      await using agent = startAgent({ token, identifiers: `ipv4=${ONE}` });
      expect(await agent.said('agent refused')).toContain('"code":"Unauthenticated"');
    }
    expect(await reach(ONE)).toEqual(unserved(ONE));
  });
});

describe('nobody is let in', () => {
  suite.test('as an agent, with a certificate of another CA of the same name', async () => {
    await using agent = startAgent({
      certificate: ofNode('one', foreignAuthority()),
      identifiers: `ipv4=${ONE}`,
    });
    expect(await agent.said('agent refused')).toContain('not signed by a CA for clients');
    expect(await reach(ONE)).toEqual(unserved(ONE));
  });

  suite.test('as an agent, with a certificate of an administrator', async () => {
    const ca = authorityOf(suite.cluster.layout.pki.ca);
    const certificate = issue(ca, { commonName: 'kubernetes-admin', organizations: ['system:masters'] });
    await using agent = startAgent({ certificate, identifiers: `ipv4=${ONE}` });
    expect(await agent.said('agent refused')).toContain('"code":"PermissionDenied"');
  });

  suite.test('at the front end, with a certificate of the cluster, or of nobody', async () => {
    const { home } = suite.cluster.place;
    const strangers = {
      cluster: ofNode('one'),
      foreign: issue(foreignAuthority(), { commonName: 'kube-apiserver' }),
    };
    for (const [name, { cert, key }] of Object.entries(strangers)) {
      const files = [join(home, `${name}.crt`), join(home, `${name}.key`)] as const;
      writeFileSync(files[0], cert);
      writeFileSync(files[1], key);
      await expect(dial(ONE, ...files)).rejects.toThrow('konnectivity: dial tcp');
    }
    const socket = tls.connect({
      ...{ host: '127.0.0.1', port: suite.cluster.ports.konnectivityFrontEnd, rejectUnauthorized: false },
    });
    let heard = '';
    socket
      .on('error', () => {})
      .on('data', (chunk) => {
        heard += chunk;
      });
    socket.write(`CONNECT ${ONE}:80 HTTP/1.1\r\n\r\n`);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(heard).toBe('');
  });
});
