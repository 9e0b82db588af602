import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { once } from 'node:events';
import https from 'node:https';
import { clientWith } from '../../cluster/client-with.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { StandInKubelet } from '../../cluster/stand-in-kubelet.ts';
import {
  requestUpgrade,
  SPDY_HEADERS,
  type UpgradeOutcome,
  WEB_SOCKET_HEADERS,
} from '../../cluster/upgrade-request.ts';
import { type Json, WireResponse } from '../../cluster/wire-client.ts';

const hub = shareCluster();
let kubelet: StandInKubelet;
const PODS = '/api/v1/namespaces/default/pods';

const container = (name: string) => ({ name, image: 'host', command: ['true'] });
const podOf = (name: string, spec: Json, metadata: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [container('main')], ...spec },
});

beforeAll(async () => {
  const { cluster } = hub;
  kubelet = await StandInKubelet.start(cluster, 'stood-in', '127.0.1.71', {
    declaredFeatures: ['ExtendWebSocketsToKubelet'],
  });
  await cluster.admin.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  const on = { nodeName: kubelet.nodeName };
  const two = { ...on, containers: [container('a'), container('b')] };
  const three = { ...two, initContainers: [container('first')] };
  const chosen = { annotations: { 'kubectl.kubernetes.io/default-container': 'b' } };
  for (const pod of [
    podOf('one', on),
    podOf('two', two),
    podOf('three', three),
    podOf('chosen', two, chosen),
    podOf('unscheduled', {}),
    podOf('lost', { nodeName: 'nowhere' }),
  ])
    expectJson(await cluster.admin.post(PODS, pod), 201);
});
afterAll(() => kubelet?.[Symbol.asyncDispose]());

/** A plain answer to a request to upgrade. */
const refusal = ({ status, headers, text }: UpgradeOutcome) =>
  new WireResponse(status, headers, Buffer.from(text), []);

describe('what the kubelet is asked', () => {
  const cases: { name: string; method?: string; path: string; url: string }[] = [
    {
      name: 'exec with every stream',
      path: 'one/exec?stdin=true&stdout=1&stderr=true&tty=true&command=sh&command=-c&command=echo+a%26b',
      url: '/exec/default/one/main?input=1&output=1&error=1&tty=1&command=sh&command=-c&command=echo+a%26b',
    },
    {
      name: 'exec without what is false',
      path: 'one/exec?stdin=false&stdout=true&tty=0&command=id',
      url: '/exec/default/one/main?output=1&command=id',
    },
    {
      name: 'exec in a container by name',
      path: 'two/exec?container=b&stdout=1&command=id',
      url: '/exec/default/two/b?output=1&command=id',
    },
    {
      name: "exec in the pod's default container",
      path: 'chosen/exec?stdout=1&command=id',
      url: '/exec/default/chosen/b?output=1&command=id',
    },
    { name: 'attach', path: 'one/attach?stdout=1&command=no', url: '/attach/default/one/main?output=1' },
    { name: 'port-forward', path: 'one/portforward', url: '/portForward/default/one' },
    {
      name: 'port-forward with ports',
      path: 'one/portforward?ports=80&ports=8080',
      url: '/portForward/default/one?port=80%2C8080',
    },
  ];
  for (const { name, path, url } of cases)
    hub.test(`${name}`, async ({ admin }) => {
      const { status, socket } = await requestUpgrade(admin, 'POST', `${PODS}/${path}`);
      expect(status).toBe(101);
      expect(kubelet.last).toMatchObject({ method: 'POST', url });
      socket!.destroy();
    });

  hub.test('has none of what the caller is to the hub, and who calls', async ({ admin }) => {
    const { socket } = await requestUpgrade(admin, 'GET', `${PODS}/one/exec?stdout=1&command=id`, {
      ...WEB_SOCKET_HEADERS,
      connection: 'Upgrade, X-Hop',
      'x-hop': 'one connection only',
      'Impersonate-User': 'kubernetes-admin',
      'Impersonate-Group': 'system:masters',
      cookie: 'session=secret',
      'x-remote-user': 'admin',
      'x-kept': 'kept',
      'x-forwarded-for': '192.0.2.1',
    });
    const { headers } = kubelet.last;
    expect(headers).toMatchObject({
      upgrade: 'websocket',
      connection: 'Upgrade',
      'x-kept': 'kept',
      'x-forwarded-for': '192.0.2.1, 127.0.0.1',
      'sec-websocket-protocol': 'v5.channel.k8s.io',
    });
    for (const name of [
      'authorization',
      'cookie',
      'impersonate-user',
      'impersonate-group',
      'x-remote-user',
      'x-hop',
    ])
      expect(headers[name]).toBeUndefined();
    socket!.destroy();
  });
});

describe('refusals before the upgrade', () => {
  const cases: { name: string; path: string; code: number; reason: string; message: string }[] = [
    {
      name: 'of a pod that is not there',
      path: 'none/exec',
      code: 404,
      reason: 'NotFound',
      message: 'pods "none" not found',
    },
    {
      name: 'of a container that is not there',
      path: 'one/exec?container=x',
      code: 400,
      reason: 'BadRequest',
      message: 'container x is not valid for pod one',
    },
    {
      name: 'of one among several containers',
      path: 'two/attach',
      code: 400,
      reason: 'BadRequest',
      message: 'a container name must be specified for pod two, choose one of: [a b]',
    },
    {
      name: 'of one among several containers, one of which comes first',
      path: 'three/exec',
      code: 400,
      reason: 'BadRequest',
      message: 'a container name must be specified for pod three, choose one of: [first a b]',
    },
    {
      name: 'of a pod without a node',
      path: 'unscheduled/portforward',
      code: 400,
      reason: 'BadRequest',
      message: 'pod unscheduled does not have a host assigned',
    },
    {
      name: 'of a node that is not there',
      path: 'lost/exec',
      code: 404,
      reason: 'NotFound',
      message: 'nodes "nowhere" not found',
    },
    {
      name: 'of a port that is none',
      path: 'one/portforward?ports=http',
      code: 400,
      reason: 'BadRequest',
      message: 'cannot convert to []int32: strconv.ParseUint: parsing "http": invalid syntax',
    },
  ];
  for (const { name, path, code, reason, message } of cases)
    hub.test(`${name} are a Status over plain HTTP, and the end of the connection`, async ({ admin }) => {
      const outcome = await requestUpgrade(admin, 'POST', `${PODS}/${path}`);
      expect(expectFailure(refusal(outcome), code, reason).message).toBe(message);
      expect(outcome.headers).toMatchObject({ connection: 'close', 'content-type': 'application/json' });
    });

  hub.test('of a request that asks for no upgrade', async ({ admin }) => {
    const status = expectFailure(await admin.post(`${PODS}/one/exec?command=id`, ''), 400, 'BadRequest');
    expect(status.message).toBe('Upgrade request required');
  });

  hub.test('of a request with a body', async ({ admin }) => {
    const outcome = await requestUpgrade(admin, 'POST', `${PODS}/one/exec`, {
      ...SPDY_HEADERS,
      'content-length': '5',
    });
    expectFailure(refusal(outcome), 400, 'BadRequest');
  });

  hub.test('by the kubelet come as they are', async ({ admin }) => {
    kubelet.answer = { code: 404, body: 'container not found ("main")' };
    const outcome = await requestUpgrade(admin, 'POST', `${PODS}/one/exec?stdout=1&command=id`);
    kubelet.answer = 'upgrade';
    expect(outcome).toMatchObject({ status: 404, text: 'container not found ("main")' });
    expect(outcome.headers['content-type']).toBe('text/plain');
  });

  hub.test('other resources answer as if no upgrade had been asked for', async ({ admin }) => {
    const outcome = await requestUpgrade(admin, 'GET', `${PODS}/one`);
    expect(expectJson(refusal(outcome)).metadata.name).toBe('one');
  });
});

describe('a watch', () => {
  hub.test('whose client asks for a WebSocket is served as any other', async ({ admin }) => {
    const { server, identity } = admin;
    const { ca, cert, key } = identity;
    const request = https.request(`${server}${PODS}?watch=true&fieldSelector=metadata.name=one`, {
      ...{ headers: WEB_SOCKET_HEADERS, ca, cert, key, agent: false },
    });
    request.end();
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(200);
    expect(JSON.parse(String((await once(response, 'data'))[0]))).toMatchObject({
      type: 'ADDED',
      object: { metadata: { name: 'one' } },
    });
    request.on('error', () => {}).destroy();
  });
});

describe('who may', () => {
  const verbs: { verbs: string[]; subresource: string; may: boolean }[] = [
    'exec',
    'attach',
    'portforward',
  ].flatMap((subresource) => [
    { verbs: ['get'], subresource, may: false },
    { verbs: ['get', 'list', 'watch', 'update', 'patch', 'delete'], subresource, may: false },
    { verbs: ['create'], subresource, may: true },
  ]);
  for (const { verbs: granted, subresource, may } of verbs)
    for (const method of ['GET', 'POST'])
      hub.test(`${granted} ${subresource} ${may ? 'may' : 'may not'} by ${method}`, async (cluster) => {
        const client = await clientWith(cluster, granted, `pods/${subresource}`);
        const headers = method === 'GET' ? WEB_SOCKET_HEADERS : SPDY_HEADERS;
        const query = 'stdout=1&command=id';
        const outcome = await requestUpgrade(client, method, `${PODS}/one/${subresource}?${query}`, headers);
        outcome.socket?.destroy();
        if (may) return expect(outcome.status).toBe(101);
        const status = expectFailure(refusal(outcome), 403, 'Forbidden');
        expect(status.message).toContain(
          `cannot create resource "pods/${subresource}" in API group "" in the namespace`,
        );
      });

  hub.test('a stranger may not', async (cluster) => {
    const outcome = await requestUpgrade(cluster.wire(), 'POST', `${PODS}/one/exec`);
    expectFailure(refusal(outcome), 403, 'Forbidden');
    const wrong = await requestUpgrade(cluster.wire({ token: 'wrong' }), 'POST', `${PODS}/one/exec`);
    expectFailure(refusal(wrong), 401, 'Unauthorized');
  });
});
