import { describe, expect } from 'bun:test';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { parseClusterInfo } from '@hawser/client';
import { createCertificateAuthority } from '@hawser/pki';
import { systemClock } from '@hawser/runtime';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../../cluster/eventually.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import type { Json } from '../../cluster/wire-client.ts';

const suite = shareCluster({ controllerManager: true });
const PATH = '/api/v1/namespaces/kube-public/configmaps/cluster-info';
const SECRETS = '/api/v1/namespaces/kube-system/secrets';

const dataOf = async (cluster: Cluster): Promise<Record<string, string>> =>
  expectJson(await cluster.admin.get(PATH)).data;
const signatureOf = async (cluster: Cluster, id: string): Promise<string | undefined> =>
  (await dataOf(cluster))[`jws-kubeconfig-${id}`];

async function createToken(cluster: Cluster, ...flags: string[]): Promise<[id: string, secret: string]> {
  const { stdout, stderr, exitCode } = await cluster.hawser('token', 'create', ...flags);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return stdout.trim().split('.') as [string, string];
}

/** RFC 7515 as openssl reckons it: nothing of ours in it. */
function signedByOpenssl(content: string, id: string, secret: string): string {
  const base64url = (text: string) => Buffer.from(text).toString('base64url');
  const header = base64url(`{"alg":"HS256","kid":"${id}"}`);
  const { stdout } = Bun.spawnSync(['openssl', 'dgst', '-sha256', '-hmac', secret, '-binary'], {
    stdin: Buffer.from(`${header}.${base64url(content)}`),
  });
  return `${header}..${stdout.toString('base64url')}`;
}

describe('cluster-info', () => {
  suite.test('tells anybody where the cluster is and by which CA it is known', async (cluster) => {
    await eventuallyPasses(async () => void expectJson(await cluster.admin.get(PATH)));
    for (const client of [cluster.wire(), cluster.wire({ token: (await createToken(cluster)).join('.') })]) {
      const { data } = expectJson(await client.get(PATH)) as Json;
      expect(parseClusterInfo(data.kubeconfig)).toEqual({
        server: cluster.server,
        certificateAuthority: readFileSync(cluster.layout.pki.ca.bundle, 'utf8'),
      });
    }
    const anonymous = cluster.wire();
    expectFailure(await anonymous.get('/api/v1/namespaces/kube-public/configmaps'), 403, 'Forbidden');
    expectFailure(await anonymous.delete(PATH), 403, 'Forbidden');
  });

  suite.test('is signed by each token that is for signing, until it is deleted', async (cluster) => {
    const [id, secret] = await createToken(cluster, '--usages', 'signing');
    const signature = await eventually(() => signatureOf(cluster, id));
    expect(signature).toBe(signedByOpenssl((await dataOf(cluster))['kubeconfig']!, id, secret));
    const [silent] = await createToken(cluster, '--usages', 'authentication');
    await cluster.hawser('token', 'delete', id);
    await eventually(async () => (await signatureOf(cluster, id)) === undefined);
    expect(await signatureOf(cluster, silent)).toBeUndefined();
  });

  suite.test('is signed anew when a token’s secret changes, and no more when it expires', async (cluster) => {
    const [id, secret] = await createToken(cluster);
    const before = await eventually(() => signatureOf(cluster, id));
    const other = secret.split('').reverse().join('');
    const name = `${SECRETS}/bootstrap-token-${id}`;
    expectJson(await cluster.admin.patch(name, 'merge', { stringData: { 'token-secret': other } }));
    const after = await eventually(async () => {
      const now = await signatureOf(cluster, id);
      return now === before ? undefined : now;
    });
    expect(after).toBe(signedByOpenssl((await dataOf(cluster))['kubeconfig']!, id, other));
    const expiration = new Date(systemClock.now().getTime() + 1_500).toISOString();
    expectJson(await cluster.admin.patch(name, 'merge', { stringData: { expiration } }));
    await eventually(async () => (await signatureOf(cluster, id)) === undefined);
  });

  suite.test('loses signatures and changes that somebody else made', async (cluster) => {
    const data = await dataOf(cluster);
    const forged = {
      'jws-kubeconfig-abcdef': 'forged',
      kubeconfig: data['kubeconfig']!.replace('https', 'https '),
    };
    expectJson(await cluster.admin.patch(PATH, 'merge', { data: forged }));
    await eventuallyPasses(async () => expect(await dataOf(cluster)).toEqual(data));
  });

  suite.test('has both CAs while the authority is being replaced, signed', async (cluster) => {
    const [id, secret] = await createToken(cluster);
    const path = cluster.layout.pki.ca.bundle;
    const original = readFileSync(path, 'utf8');
    const now = systemClock.now();
    const next = createCertificateAuthority({
      subject: { commonName: 'kubernetes' },
      notBefore: now,
      notAfter: new Date(now.getTime() + 3_600_000),
    });
    appendFileSync(path, next.certificatePem);
    try {
      await eventuallyPasses(async () => {
        const data = await dataOf(cluster);
        const { certificateAuthority } = parseClusterInfo(data['kubeconfig']!);
        expect(certificateAuthority).toBe(original + next.certificatePem);
        expect(data[`jws-kubeconfig-${id}`]).toBe(signedByOpenssl(data['kubeconfig']!, id, secret));
      }, 20_000);
    } finally {
      writeFileSync(path, original);
    }
  });
});
