import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { readOutbox } from '../../cluster/outbox.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();

const requestOf = (spec: Json, metadata: Json = {}) => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenRequest',
  metadata,
  spec,
});
const tokenPath = (namespace: string, account = 'default') =>
  `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
const pod = (name: string, spec: Json = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});
const answerTo = async (cluster: Cluster, token: string) =>
  (await cluster.wire({ token }).get('/version')).status;

/** A namespace with a pod, a Secret, a second account and a node of its name. */
async function scene(cluster: Cluster): Promise<string> {
  const namespace = await cluster.namespace();
  const base = `/api/v1/namespaces/${namespace}`;
  expectJson(await cluster.admin.post('/api/v1/nodes', { metadata: { name: namespace } }), 201);
  expectJson(await cluster.admin.post(`${base}/pods`, pod('a', { nodeName: namespace })), 201);
  expectJson(await cluster.admin.post(`${base}/secrets`, { metadata: { name: 's' } }), 201);
  expectJson(await cluster.admin.post(`${base}/serviceaccounts`, { metadata: { name: 'robot' } }), 201);
  return namespace;
}

const MISMATCH =
  'the UID in the bound object reference (other) does not match the UID in record. The object might have been deleted and then recreated';

const refusals: {
  name: string;
  account?: string;
  body: Json;
  code: number;
  reason: string;
  message: string;
}[] = [
  {
    name: 'less than ten minutes',
    body: requestOf({ expirationSeconds: 599 }),
    code: 422,
    reason: 'Invalid',
    message:
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
  },
  {
    name: 'more than 2^32 seconds',
    body: requestOf({ expirationSeconds: 2 ** 32 + 1 }),
    code: 422,
    reason: 'Invalid',
    message:
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
  },
  {
    name: 'an account that is not there',
    account: 'nobody',
    body: requestOf({}),
    code: 404,
    reason: 'NotFound',
    message: 'serviceaccounts "nobody" not found',
  },
  {
    name: 'another name than the path',
    body: requestOf({}, { name: 'robot' }),
    code: 422,
    reason: 'Invalid',
    message:
      'TokenRequest.authentication.k8s.io "default" is invalid: metadata.name: Invalid value: "robot": must match the service account name if specified',
  },
  {
    name: 'an account that was',
    body: requestOf({}, { uid: 'other' }),
    code: 409,
    reason: 'Conflict',
    message: expect.stringMatching(
      /^Operation cannot be fulfilled on TokenRequest\.authentication\.k8s\.io "default": the UID in the token request \(other\) does not match the UID of the service account \([0-9a-f-]{36}\)$/,
    ) as unknown as string,
  },
  {
    name: 'a pod that is not there',
    body: requestOf({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'b' } }),
    code: 404,
    reason: 'NotFound',
    message: 'pods "b" not found',
  },
  {
    name: 'a pod of another account',
    account: 'robot',
    body: requestOf({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'a' } }),
    code: 400,
    reason: 'BadRequest',
    message:
      'cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.',
  },
  {
    name: 'a pod that was',
    body: requestOf({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'other' } }),
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on Pod "a": ${MISMATCH}`,
  },
  {
    name: 'a Secret that was',
    body: requestOf({ boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 's', uid: 'other' } }),
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on Secret "s": ${MISMATCH}`,
  },
  {
    name: 'a node that is not there',
    body: requestOf({ boundObjectRef: { apiVersion: 'v1', kind: 'Node', name: 'nowhere' } }),
    code: 404,
    reason: 'NotFound',
    message: 'nodes "nowhere" not found',
  },
  {
    name: 'what tokens are not bound to',
    body: requestOf({ boundObjectRef: { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' } }),
    code: 400,
    reason: 'BadRequest',
    message: 'cannot bind token to object of type /v1, Kind=ConfigMap',
  },
  {
    name: 'a pod of another group',
    body: requestOf({ boundObjectRef: { apiVersion: 'apps/v1', kind: 'Pod', name: 'a' } }),
    code: 400,
    reason: 'BadRequest',
    message: 'cannot bind token to object of type apps/v1, Kind=Pod',
  },
];

describe('a request for a token is refused', () => {
  for (const { name, account, body, code, reason, message } of refusals)
    hub.test(`for ${name}`, async (cluster) => {
      const namespace = await scene(cluster);
      const { json } = await cluster.admin.post(tokenPath(namespace, account), body);
      expect(json).toMatchObject({ kind: 'Status', code, reason, message });
    });
});

describe('a token', () => {
  for (const kind of ['Pod', 'Secret', 'Node'] as const)
    hub.test(`bound to a ${kind} ends with it, and is not another's of that name`, async (cluster) => {
      const namespace = await scene(cluster);
      const [name, path, body] = {
        Pod: ['a', `/api/v1/namespaces/${namespace}/pods`, pod('a', { nodeName: namespace })],
        Secret: ['s', `/api/v1/namespaces/${namespace}/secrets`, { metadata: { name: 's' } }],
        Node: [namespace, '/api/v1/nodes', { metadata: { name: namespace } }],
      }[kind] as [string, string, Json];
      const { uid } = expectJson(await cluster.admin.get(`${path}/${name}`)).metadata;
      const boundObjectRef = { apiVersion: 'v1', kind, name, uid };
      const made = await cluster.admin.post(tokenPath(namespace), requestOf({ boundObjectRef }));
      const { token } = expectJson(made, 201).status;
      const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
      expect(claims['kubernetes.io'][kind.toLowerCase()]).toEqual({ name, uid });
      expect(await answerTo(cluster, token)).toBe(200);
      await cluster.admin.delete(`${path}/${name}`, { gracePeriodSeconds: 0 });
      expect((await cluster.admin.get(`${path}/${name}`)).status).toBe(404);
      expect(await answerTo(cluster, token)).toBe(401);
      expectJson(await cluster.admin.post(path, body), 201);
      expect(await answerTo(cluster, token)).toBe(401);
      const review = await cluster.admin.post('/apis/authentication.k8s.io/v1/tokenreviews', {
        spec: { token },
      });
      expect(expectJson(review, 201).status.error).toMatch(
        new RegExp(
          `^\\[invalid bearer token, ${kind.toLowerCase()} UID \\([0-9a-f-]+\\) does not match service account ${kind.toLowerCase()} ref claim \\(${uid}\\)\\]$`,
        ),
      );
    });

  hub.test("of a pod tells of its node, whose end is not the token's", async (cluster) => {
    const namespace = await scene(cluster);
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'a' };
    const made = await cluster.admin.post(tokenPath(namespace), requestOf({ boundObjectRef }));
    const { token } = expectJson(made, 201).status;
    const node = expectJson(await cluster.admin.get(`/api/v1/nodes/${namespace}`));
    const client = cluster.wire({ token });
    const who = expectJson(await client.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}), 201);
    expect(who.status.userInfo.extra).toMatchObject({
      'authentication.kubernetes.io/node-name': [namespace],
      'authentication.kubernetes.io/node-uid': [node.metadata.uid],
      'authentication.kubernetes.io/pod-name': ['a'],
    });
    expectJson(await cluster.admin.delete(`/api/v1/nodes/${namespace}`));
    expect(await answerTo(cluster, token)).toBe(200);
    const later = await cluster.admin.post(tokenPath(namespace), requestOf({ boundObjectRef }));
    const claims = JSON.parse(
      Buffer.from(expectJson(later, 201).status.token.split('.')[1]!, 'base64url').toString(),
    );
    expect(claims['kubernetes.io'].node.name).toBe(namespace);
  });

  hub.test('can be followed in the audit log from its making to its use', async (cluster) => {
    const namespace = await scene(cluster);
    const made = await cluster.admin.post(tokenPath(namespace, 'robot'), requestOf({}));
    const { token } = expectJson(made, 201).status;
    const name = `system:serviceaccount:${namespace}:robot`;
    await cluster.wire({ token }).post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
    const events = readOutbox(cluster.layout).map(({ event }) => event);
    const making = events.find(
      ({ objectRef }) => objectRef?.subresource === 'token' && objectRef.namespace === namespace,
    );
    expect(making?.annotations['authentication.kubernetes.io/issued-credential-id']).toBe(`JTI=${jti}`);
    const use = events.find(({ user }) => user?.username === name);
    expect(use?.user.extra['authentication.kubernetes.io/credential-id']).toEqual([`JTI=${jti}`]);
    expect(JSON.stringify(events)).not.toContain(token.split('.')[2]!);
  });
});

describe('a TokenReview', () => {
  hub.test('takes no empty token', async (cluster) => {
    const answer = await cluster.admin.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: {} });
    expect(answer.json).toMatchObject({
      code: 400,
      message: 'token is required for TokenReview in authentication',
    });
  });

  hub.test('says why a token is not good', async (cluster) => {
    const namespace = await scene(cluster);
    const made = await cluster.admin.post(tokenPath(namespace), requestOf({ audiences: ['vault'] }));
    const { token } = expectJson(made, 201).status;
    const statusOf = async (spec: Json) =>
      expectJson(await cluster.admin.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec }), 201)
        .status;
    expect(await statusOf({ token: 'x' })).toEqual({ user: {}, error: 'invalid bearer token' });
    expect(await statusOf({ token })).toEqual({
      user: {},
      error:
        '[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["https://kubernetes.default.svc.cluster.local"]]',
    });
    expect(await statusOf({ token, audiences: ['other', 'vault'] })).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
    });
  });
});
