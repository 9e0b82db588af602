import { describe, expect } from 'bun:test';
import { createCertificateRequest, generateKeyPair } from '@hawser/pki';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { configMap } from '../../cluster/objects.ts';
import { readOutbox } from '../../cluster/outbox.ts';
import type { WireResponse } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const MAPS = '/api/v1/namespaces/default/configmaps';
const SECRETS = '/api/v1/namespaces/default/secrets';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

/** The audit event of a request that was refused, as it waits to be published. */
function auditOf(cluster: Cluster, { headers }: WireResponse): Promise<string> {
  return eventually(() => {
    const row = readOutbox(cluster.layout).find(({ event }) => event.auditID === headers['audit-id']);
    if (row === undefined) throw new Error('no event yet');
    return JSON.stringify(row.event);
  });
}

describe('a body that cannot be read is quoted nowhere:', () => {
  const bodies = [
    { type: 'application/yaml', body: 'kind: Secret\nstringData:\n  password: [hunter2\n  x: }' },
    { type: 'application/yaml', body: 'kind: Secret\nstringData: *hunter2' },
    { type: 'application/json', body: '{"kind":"Secret","stringData":{"password":hunter2}}' },
    { type: 'application/json', body: '{"stringData":{"password":"hunter2"' },
  ];
  for (const { type, body } of bodies)
    hub.test(`${type} ${JSON.stringify(body)}`, async (cluster) => {
      const answer = await cluster.admin.post(SECRETS, body, { 'content-type': type });
      const { message } = expectFailure(answer, 400, 'BadRequest');
      expect(message).toContain('line ');
      expect(answer.text).not.toContain('hunter2');
      expect(await auditOf(cluster, answer)).not.toContain('hunter2');
    });

  hub.test('nor is a patch', async (cluster) => {
    expectJson(await cluster.admin.post(SECRETS, { metadata: { name: 'patched' } }), 201);
    const answer = await cluster.admin.patch(`${SECRETS}/patched`, 'merge', '{"stringData":{"p":hunter2}}');
    expectFailure(answer, 400, 'BadRequest');
    expect(answer.text).not.toContain('hunter2');
    expect(await auditOf(cluster, answer)).not.toContain('hunter2');
  });
});

hub.test('a name of megabytes of quotes is a short answer and a short event', async (cluster) => {
  const answer = await cluster.admin.post(MAPS, configMap('"'.repeat(1_400_000)));
  expectFailure(answer, 422, 'Invalid');
  expect(answer.text.length).toBeLessThan(100_000);
  expect((await auditOf(cluster, answer)).length).toBeLessThan(32_000);
});

hub.test('copies that double an object are a 413', async (cluster) => {
  expectJson(await cluster.admin.post(MAPS, configMap('doubled', { x: 'y'.repeat(1_000) })), 201);
  const patch = Array.from({ length: 30 }, (_, i) => ({ op: 'copy', from: '', path: `/data/c${i}` }));
  const answer = await cluster.admin.patch(`${MAPS}/doubled`, 'json', patch);
  expectFailure(answer, 413, 'RequestEntityTooLarge');
});

hub.test('what nests forty thousand deep is a 400', async (cluster) => {
  const nested = `${'{"f:a":'.repeat(39_997)}{}${'}'.repeat(39_997)}`;
  const managed = `[{"manager":"m","operation":"Update","fieldsType":"FieldsV1","fieldsV1":${nested}}]`;
  const body = `{"metadata":{"name":"deep","managedFields":${managed}}}`;
  expectFailure(await cluster.admin.post(MAPS, body), 400, 'BadRequest');
  expectJson(await cluster.admin.post(MAPS, configMap('shallow')), 201);
  const patch = `{"metadata":{"managedFields":${managed}}}`;
  expectFailure(await cluster.admin.patch(`${MAPS}/shallow`, 'merge', patch), 400, 'BadRequest');
});

hub.test('a selector that cannot be used is a 422, and others go on', async (cluster) => {
  const clusterRoleSelectors = [{ matchExpressions: [{ key: 'a', operator: 'Foo' }] }];
  const status = expectFailure(
    await cluster.admin.post(`${RBAC}/clusterroles`, {
      metadata: { name: 'foo' },
      aggregationRule: { clusterRoleSelectors },
    }),
    422,
    'Invalid',
  );
  expect(status.details.causes[0].field).toBe(
    'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator',
  );
});

hub.test('a Secret may be of the type "constructor"', async (cluster) => {
  expectJson(await cluster.admin.post(SECRETS, { metadata: { name: 'typed' }, type: 'constructor' }), 201);
});

hub.test('four thousand unknown fields are few warnings', async (cluster) => {
  const unknown = Object.fromEntries(Array.from({ length: 4_000 }, (_, i) => [`unknownField${i}`, 1]));
  const answer = await cluster.admin.post(MAPS, { ...configMap('warned-a-lot'), ...unknown });
  expectJson(answer, 201);
  expect(answer.warnings.length).toBeGreaterThan(50);
  expect(answer.warnings.join('').length).toBeLessThan(8_192);
});

hub.test('a review that says neither who nor what is a 422', async (cluster) => {
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const status = expectFailure(await cluster.admin.post(path, { spec: {} }), 422, 'Invalid');
  expect(status.details.causes.map(({ field }: { field: string }) => field)).toEqual([
    'spec.resourceAttributes',
    'spec.user',
  ]);
});

hub.test('an approval can be read and patched, and takes over decisions alone', async (cluster) => {
  const request = createCertificateRequest({
    keyPair: generateKeyPair('ecdsa-p256'),
    subject: { commonName: 'somebody', organizations: [] },
  });
  const spec = {
    request: Buffer.from(request).toString('base64'),
    signerName: 'example.com/manual',
    usages: ['client auth'],
  };
  expectJson(await cluster.admin.post(CSRS, { metadata: { name: 'asked' }, spec }), 201);
  const read = expectJson(await cluster.admin.get(`${CSRS}/asked/approval`));
  expect(read.spec.signerName).toBe('example.com/manual');
  const approved = { type: 'Approved', status: 'True', reason: 'Test', message: 'by a patch' };
  const patch = { metadata: { labels: { a: 'b' } }, status: { conditions: [approved], certificate: 'eA==' } };
  const patched = expectJson(await cluster.admin.patch(`${CSRS}/asked/approval`, 'merge', patch));
  expect(patched.status).toMatchObject({ conditions: [approved] });
  expect(patched.status.certificate).toBeUndefined();
  expect(patched.metadata.labels).toBeUndefined();
});
