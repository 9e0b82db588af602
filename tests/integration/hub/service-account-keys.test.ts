import { describe, expect } from 'bun:test';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventuallyPasses } from '../../cluster/eventually.ts';
import { expectJson } from '../../cluster/expectations.ts';
import type { Json } from '../../cluster/wire-client.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';

async function tokenOf(cluster: Cluster, namespace: string, spec: Json = {}): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  return expectJson(await cluster.admin.post(path, body), 201).status.token;
}

const answerTo = async (cluster: Cluster, token: string) =>
  (await cluster.wire({ token }).get('/version')).status;

const pem = (key: KeyObject) =>
  (key.type === 'private'
    ? key.export({ type: 'pkcs8', format: 'pem' })
    : key.export({ type: 'spki', format: 'pem' })) as string;

describe('the discovery documents', () => {
  const hub = shareCluster({ flags: { apiserver: ['--advertise-address', '192.0.2.1'] } });

  hub.test('are there for service accounts, with types and lifetimes of upstream', async (cluster) => {
    const namespace = await cluster.namespace();
    const client = cluster.wire({ token: await tokenOf(cluster, namespace) });
    const configuration = await client.get('/.well-known/openid-configuration');
    expect(expectJson(configuration)).toEqual({
      issuer: ISSUER,
      jwks_uri: `https://192.0.2.1:${cluster.ports.hub}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
    expect(configuration.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=3600',
    });
    const keys = await client.get('/openid/v1/jwks');
    expect(keys.headers).toMatchObject({
      'content-type': 'application/jwk-set+json',
      'cache-control': 'public, max-age=3600',
    });
    expect((await cluster.wire().get('/openid/v1/jwks')).status).toBe(403);
  });

  hub.test('verify a token to whoever knows JSON Web Keys, and to OpenSSL', async (cluster) => {
    const namespace = await cluster.namespace();
    const token = await tokenOf(cluster, namespace, { audiences: ['vault'] });
    const keySet = expectJson(await cluster.admin.get('/openid/v1/jwks'));
    const { payload } = await jwtVerify(token, createLocalJWKSet(keySet), {
      issuer: ISSUER,
      audience: 'vault',
    });
    expect(payload.sub).toBe(`system:serviceaccount:${namespace}:default`);
    const [head, body, signature] = token.split('.');
    const jwk = keySet.keys.find(({ kid }: Json) => kid === decodeProtectedHeader(token).kid);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    expect(verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature!, 'base64url'))).toBe(
      true,
    );
    const text = pem(key);
    expect(text).toBe(readFileSync(cluster.layout.pki.serviceAccount.publicKey, 'utf8'));
    // kid: what `openssl pkey -pubin -outform DER | openssl dgst -sha256` prints of the public key.
    const piped = Bun.spawnSync(['openssl', 'pkey', '-pubin', '-outform', 'DER'], {
      stdin: Buffer.from(text),
    });
    const digest = Bun.spawnSync(['openssl', 'dgst', '-sha256', '-binary'], { stdin: piped.stdout });
    expect(jwk.kid).toBe(Buffer.from(digest.stdout).toString('base64url'));
  });
});

describe('keys that are replaced while the hub runs', () => {
  const fresh = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const hub = shareCluster();

  hub.test('sign and verify from then on; older ones as long as they are listed', async (cluster) => {
    const namespace = await cluster.namespace();
    const { key, publicKey } = cluster.layout.pki.serviceAccount;
    const before = await tokenOf(cluster, namespace);
    const oldPublic = readFileSync(publicKey, 'utf8');
    // First what is to be trusted, then what signs.
    writeFileSync(publicKey, oldPublic + pem(fresh.publicKey));
    await eventuallyPasses(async () =>
      expect(expectJson(await cluster.admin.get('/openid/v1/jwks')).keys).toHaveLength(2),
    );
    writeFileSync(key, pem(fresh.privateKey));
    await eventuallyPasses(async () =>
      expect(decodeProtectedHeader(await tokenOf(cluster, namespace)).alg).toBe('ES256'),
    );
    const after = await tokenOf(cluster, namespace);
    expect([await answerTo(cluster, before), await answerTo(cluster, after)]).toEqual([200, 200]);
    const discovery = expectJson(await cluster.admin.get('/.well-known/openid-configuration'));
    expect(discovery.id_token_signing_alg_values_supported).toEqual(['ES256', 'RS256']);

    // A file that is cut off, or says nothing of use, changes nothing.
    for (const broken of ['', pem(fresh.publicKey).slice(0, -20)]) {
      writeFileSync(publicKey, broken);
      const fault = broken === '' ? 'any valid' : 'cut off';
      await eventuallyPasses(async () => {
        // Keys are looked at when they are needed.
        expect(await answerTo(cluster, before)).toBe(200);
        expect(logged(cluster, 'service-account-keys')).toContain(fault);
      });
    }

    writeFileSync(publicKey, pem(fresh.publicKey));
    await eventuallyPasses(async () => expect(await answerTo(cluster, before)).toBe(401));
    expect(await answerTo(cluster, after)).toBe(200);
    expect(expectJson(await cluster.admin.get('/openid/v1/jwks')).keys).toHaveLength(1);
  });
});

/** The last complaint about these files. */
function logged(cluster: Cluster, files: string): string {
  const lines = cluster.service('apiserver').log().split('\n');
  return lines.findLast((line) => line.includes(`"files":"${files}"`) && line.includes('"why"')) ?? '';
}

describe('several issuers', () => {
  const hub = shareCluster({
    flags: { apiserver: ['--service-account-issuer', 'https://before.example.com'] },
  });

  hub.test('are all known, and the first is the one that issues', async (cluster) => {
    const namespace = await cluster.namespace();
    const token = await tokenOf(cluster, namespace);
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({ iss: ISSUER, aud: [ISSUER, 'https://before.example.com'] });
    const key = createPrivateKey(readFileSync(cluster.layout.pki.serviceAccount.key));
    const by = (iss: string) =>
      new SignJWT({ ...claims, iss }).setProtectedHeader({ alg: 'RS256' }).sign(key);
    expect(await answerTo(cluster, await by('https://before.example.com'))).toBe(200);
    expect(await answerTo(cluster, await by('https://elsewhere.example.com'))).toBe(401);
  });
});

describe('lives of tokens', () => {
  const hub = shareCluster({
    flags: {
      apiserver: [
        ...['--service-account-max-token-expiration', '2h'],
        ...['--service-account-jwks-uri', 'https://keys.example.com/jwks'],
      ],
    },
  });

  hub.test('are shortened to what the operator allows, and whoever asked is told', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`;
    const body = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1' };
    const answer = await cluster.admin.post(path, { ...body, spec: { expirationSeconds: 10_000 } });
    expect(expectJson(answer, 201).spec.expirationSeconds).toBe(7200);
    expect(answer.headers['warning']).toContain(
      'requested expiration of 10000 seconds shortened to 7200 seconds',
    );
    const within = await cluster.admin.post(path, { ...body, spec: { expirationSeconds: 7200 } });
    expect(within.headers['warning']).toBeUndefined();
  });

  hub.test("of pods' own tokens go on, with a time to warn of", async (cluster) => {
    const namespace = await cluster.namespace();
    const pod = { metadata: { name: 'a' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    expectJson(await cluster.admin.post(`/api/v1/namespaces/${namespace}/pods`, pod), 201);
    const claimsOf = async (spec: Json) => {
      const token = await tokenOf(cluster, namespace, spec);
      const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
      return { life: claims.exp - claims.iat, warned: claims['kubernetes.io'].warnafter - claims.iat };
    };
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'a' };
    expect(await claimsOf({ expirationSeconds: 3607, boundObjectRef })).toEqual({ life: 7200, warned: 3607 });
    expect(await claimsOf({ expirationSeconds: 3607 })).toEqual({ life: 3607, warned: Number.NaN });
    expect(await claimsOf({ expirationSeconds: 3607, boundObjectRef, audiences: ['vault'] })).toEqual({
      life: 3607,
      warned: Number.NaN,
    });
    expect(await claimsOf({ expirationSeconds: 3600, boundObjectRef })).toEqual({
      life: 3600,
      warned: Number.NaN,
    });
  });

  hub.test('do not show in where the keys are, which is what the flag says', async (cluster) => {
    const { jwks_uri } = expectJson(await cluster.admin.get('/.well-known/openid-configuration'));
    expect(jwks_uri).toBe('https://keys.example.com/jwks');
  });
});
