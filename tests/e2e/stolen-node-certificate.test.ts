import { describe, expect } from 'bun:test';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { expectFailure, expectJson } from '../cluster/expectations.ts';
import { authorityOf, issue } from '../cluster/identities.ts';
import { shellPod } from '../cluster/objects.ts';
import { requireBubblewrap } from '../cluster/required-tools.ts';
import { requestUpgrade, SPDY_HEADERS, WEB_SOCKET_HEADERS } from '../cluster/upgrade-request.ts';
import type { Json, WireClient, WireResponse } from '../cluster/wire-client.ts';
import { refusedWrites } from './stolen-node/admission.ts';
import { type Attempt, refusedMessage, unauthorizedMessage } from './stolen-node/attempt.ts';
import { forbiddenReads, permittedReads } from './stolen-node/reads.ts';
import { type StolenNode, stealNode } from './stolen-node/stolen-node.ts';
import { forbiddenWrites } from './stolen-node/writes.ts';

requireBubblewrap();
const suite = shareCluster({ nodes: 1 });

let stolen: Promise<StolenNode> | undefined;
/** The one node that all tests of this file have the key of. */
const theft = (): Promise<StolenNode> => (stolen ??= stealNode(suite.cluster));

function send(client: WireClient, { request, body, headers }: Attempt): Promise<WireResponse> {
  const [method, path] = request.split(' ') as [string, string];
  return client.request(method, path, {
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  });
}

const within = <T extends Attempt>(attempt: T, namespace: string): T =>
  ({ ...attempt, request: attempt.request.replaceAll('{ns}', namespace) }) as T;

const nameOf = ({ name, request }: Attempt) => name ?? request;

describe('with the certificate of a node that joined nobody may', () => {
  for (const each of [...forbiddenReads, ...forbiddenWrites])
    suite.test(`${nameOf(each)}`, async () => {
      const { thief, namespace } = await theft();
      const attempt = within(each, namespace);
      const status = expectFailure(await send(thief, attempt), 403, 'Forbidden');
      expect(status.message).toBe(unauthorizedMessage(attempt));
    });

  const names = { nodeUid: '', podUid: '', foreignPodUid: '' };
  refusedWrites(names).forEach((each, index) => {
    suite.test(`${nameOf(each)}: ${each.why}`, async () => {
      const facts = await theft();
      const attempt = within(refusedWrites(facts)[index]!, facts.namespace);
      const status = expectFailure(await send(facts.thief, attempt), 403, 'Forbidden');
      expect(status.message).toBe(refusedMessage(attempt));
    });
  });

  for (const [protocol, method, headers] of [
    ['WebSocket', 'GET', WEB_SOCKET_HEADERS],
    ['SPDY', 'POST', SPDY_HEADERS],
  ] as const)
    for (const what of ['exec?command=id', 'attach', 'portforward'])
      suite.test(`${what} into their own pod by ${protocol}`, async () => {
        const { thief, namespace } = await theft();
        const path = `/api/v1/namespaces/${namespace}/pods/mine/${what}`;
        const { status, text } = await requestUpgrade(thief, method, path, headers);
        expect(status).toBe(403);
        const request = `${method} ${path}`;
        expect(JSON.parse(text).message).toBe(unauthorizedMessage({ request, verb: 'create' }));
      });

  const others = ['kubernetes-admin', 'system:node:node-2', 'system:serviceaccount:kube-system:default'];
  for (const other of others)
    suite.test(`pose as ${other}`, async () => {
      const { thief } = await theft();
      const answer = await thief.get('/api/v1/nodes/node-1', { 'impersonate-user': other });
      expect(expectFailure(answer, 403, 'Forbidden').message).toContain('cannot impersonate');
    });
});

describe('so that the tables do not pass by refusing everything: a node may', () => {
  for (const each of permittedReads)
    suite.test(nameOf(each), async () => {
      const { thief, namespace } = await theft();
      expectJson(await send(thief, within(each, namespace)));
    });

  suite.test('write its status, its Lease and the status of its pod, and make a mirror pod', async () => {
    const { thief, namespace, nodeUid } = await theft();
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1';
    expectJson(await thief.patch('/api/v1/nodes/node-1/status', 'merge', { status: { phase: 'Running' } }));
    expectJson(await thief.patch('/api/v1/nodes/node-1', 'merge', { metadata: { labels: { rack: '1' } } }));
    expectJson(await thief.patch(lease, 'merge', { spec: { leaseDurationSeconds: 41 } }));
    expectJson(await thief.patch(`${pods}/mine/status`, 'merge', { status: { message: 'here' } }));
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: nodeUid, controller: true };
    const metadata = { annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [owner] };
    expectJson(await thief.post(pods, shellPod('mirror', 'true', { nodeName: 'node-1', metadata })), 201);
    expectJson(await thief.delete(`${pods}/mirror?gracePeriodSeconds=0`));
  });

  suite.test('have a token for its pod', async () => {
    const { thief, namespace, podUid } = await theft();
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'mine', uid: podUid };
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { boundObjectRef } };
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/mine/token`;
    expectJson(await thief.post(path, body), 201);
  });
});

describe('a certificate is no node', () => {
  const pretenders = [
    { what: 'with the group and no name', commonName: 'system:node:', organizations: ['system:nodes'] },
    { what: 'with the name and no group', commonName: 'system:node:node-1', organizations: [] },
    { what: 'with the name and another group', commonName: 'system:node:node-1', organizations: ['nodes'] },
    { what: 'with the group in capitals', commonName: 'system:node:node-1', organizations: ['System:Nodes'] },
    { what: 'with the group and another name', commonName: 'jane', organizations: ['system:nodes'] },
    { what: 'with the name of the node alone', commonName: 'node-1', organizations: ['system:nodes'] },
    { what: 'of a group too many', commonName: 'system:nodes:node-1', organizations: ['system:nodes'] },
    {
      what: 'of a node with a longer name',
      commonName: 'system:node:node-1 ',
      organizations: ['system:nodes'],
    },
  ];
  for (const { what, ...subject } of pretenders)
    suite.test(what, async (cluster) => {
      const { namespace } = await theft();
      const client = cluster.wire(issue(authorityOf(cluster.layout.pki.ca), subject));
      for (const path of [
        `/api/v1/namespaces/${namespace}/secrets/mine`,
        '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1',
        '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1',
      ])
        expectFailure(await client.get(path), 403, 'Forbidden');
    });

  suite.test('and one without a name is told so', async (cluster) => {
    const subject = { commonName: 'system:node:', organizations: ['system:nodes'] };
    const client = cluster.wire(issue(authorityOf(cluster.layout.pki.ca), subject));
    const { message } = expectFailure(await client.get('/api/v1/pods'), 403, 'Forbidden');
    expect(message).toEndWith('at the cluster scope: unknown node for user "system:node:"');
  });
});

describe('what is selected twice is selected by what was looked at', () => {
  const nodes = (list: Json): string[] => list.items.map((item: Json) => item.spec.nodeName);

  suite.test('of pods', async () => {
    const { thief } = await theft();
    const own = 'fieldSelector=spec.nodeName%3Dnode-1';
    for (const query of [
      `${own}&fieldSelector=`,
      `${own}&fieldSelector=spec.nodeName%3Dnode-2`,
      `${own},metadata.name!%3Dx`,
      `${own}&limit=1`,
    ])
      expect(new Set(nodes(expectJson(await thief.get(`/api/v1/pods?${query}`))))).toEqual(
        new Set(['node-1']),
      );
    expect(nodes(expectJson(await thief.get(`/api/v1/pods?${own},spec.nodeName%3Dnode-2`)))).toEqual([]);
    for (const query of [`fieldSelector=&${own}`, `fieldSelector=spec.nodeName%3Dnode-2&${own}`])
      expectFailure(await thief.get(`/api/v1/pods?${query}`), 403, 'Forbidden');
  });

  suite.test('of Secrets', async () => {
    const { thief, namespace } = await theft();
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const named = (name: string) => `fieldSelector=metadata.name%3D${name}`;
    const { items } = expectJson(await thief.get(`${path}?${named('mine')}&${named('theirs')}`));
    expect(items.map(({ metadata }: Json) => metadata.name)).toEqual(['mine']);
    expect(expectJson(await thief.get(`${path}?${named('mine')},metadata.name%3Dtheirs`)).items).toEqual([]);
    for (const query of [`${named('theirs')}&${named('mine')}`, `${named('theirs')},metadata.name%3Dmine`])
      expectFailure(await thief.get(`${path}?${query}`), 403, 'Forbidden');
  });

  suite.test('and a page that somebody else began is not gone on with', async (cluster) => {
    const { thief, namespace } = await theft();
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const first = expectJson(await cluster.admin.get(`${path}?limit=1`));
    const token = encodeURIComponent(first.metadata.continue);
    expectFailure(await thief.get(`${path}?limit=1&continue=${token}`), 403, 'Forbidden');
    const answer = await thief.get(`${path}?limit=500&continue=${token}&fieldSelector=metadata.name%3Dmine`);
    for (const { metadata } of answer.json.items ?? []) expect(metadata.name).toBe('mine');
  });
});

suite.test('a mirror pod draws no traffic to its node, and stays one', async (cluster) => {
  const { thief, namespace, nodeUid } = await theft();
  const at = `/api/v1/namespaces/${namespace}`;
  const spec = { selector: { app: 'drawn' }, ports: [{ port: 80 }] };
  expectJson(await cluster.admin.post(`${at}/services`, { metadata: { name: 'drawn' }, spec }), 201);
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: nodeUid, controller: true };
  const metadata = {
    labels: { app: 'drawn' },
    annotations: { 'kubernetes.io/config.mirror': 'x' },
    ownerReferences: [owner],
  };
  const pod = (name: string, more: object) =>
    shellPod(name, 'exec sleep 3600', { nodeName: 'node-1', metadata: more });
  expectJson(await thief.post(`${at}/pods`, pod('drawing', metadata)), 201);
  expectJson(await cluster.admin.post(`${at}/pods`, pod('honest', { labels: { app: 'drawn' } })), 201);
  const conditions = [{ type: 'Ready', status: 'True' }];
  for (const [name, podIP] of [
    ['drawing', '10.1.1.1'],
    ['honest', '10.1.1.2'],
  ])
    expectJson(await thief.patch(`${at}/pods/${name}/status`, 'merge', { status: { podIP, conditions } }));
  const unmasked = { metadata: { annotations: { 'kubernetes.io/config.mirror': null } } };
  expectFailure(await thief.patch(`${at}/pods/drawing/status`, 'merge', unmasked), 422, 'Invalid');
  await eventuallyPasses(async () => {
    const { subsets } = expectJson(await cluster.admin.get(`${at}/endpoints/drawn`));
    expect(subsets.flatMap(({ addresses }: Json) => addresses.map(({ ip }: Json) => ip))).toEqual([
      '10.1.1.2',
    ]);
  });
});

suite.test('what a pod needs goes with it to another node, at once', async (cluster) => {
  const { thief, namespace } = await theft();
  const at = `/api/v1/namespaces/${namespace}`;
  const secret = `${at}/secrets/moving`;
  expectJson(await cluster.admin.post(`${at}/secrets`, { metadata: { name: 'moving' } }), 201);
  const pod = (nodeName: string) =>
    shellPod('moving', 'true', { nodeName, volumes: [{ name: 'v', secret: { secretName: 'moving' } }] });
  expectFailure(await thief.get(secret), 403, 'Forbidden');
  expectJson(await cluster.admin.post(`${at}/pods`, pod('node-1')), 201);
  expectJson(await thief.get(secret));
  expectJson(await cluster.admin.delete(`${at}/pods/moving?gracePeriodSeconds=0`));
  expectFailure(await thief.get(secret), 403, 'Forbidden');
  await eventuallyPasses(async () => {
    expectJson(await cluster.admin.post(`${at}/pods`, pod('node-2')), 201);
  });
  expectFailure(await thief.get(secret), 403, 'Forbidden');
  const subject = { commonName: 'system:node:node-2', organizations: ['system:nodes'] };
  expectJson(await cluster.wire(issue(authorityOf(cluster.layout.pki.ca), subject)).get(secret));
});
