import { describe, expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import tls from 'node:tls';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { authorityOf, foreignAuthority, issue } from '../../cluster/identities.ts';
import type { Json, WireClient } from '../../cluster/wire-client.ts';

const hub = shareCluster();

/** Whom the hub takes a client for. */
async function whoAmI(client: WireClient): Promise<Json> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = await client.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', review);
  return expectJson(answer, 201).status.userInfo;
}

function expectUnauthorized(answer: Parameters<typeof expectFailure>[0]): void {
  expect(expectFailure(answer, 401, 'Unauthorized').message).toBe('Unauthorized');
}

describe('client certificates', () => {
  hub.test('name the user, and its groups by their organizations', async (cluster) => {
    const ca = authorityOf(cluster.layout.pki.ca);
    const subject = { commonName: 'jane', organizations: ['developers', 'with, comma'] };
    const { username, groups, extra } = await whoAmI(cluster.wire(issue(ca, subject)));
    expect(username).toBe('jane');
    expect(groups.sort()).toEqual(['developers', 'system:authenticated', 'with, comma']);
    expect(extra['authentication.kubernetes.io/credential-id'][0]).toMatch(/^X509SHA256=[0-9a-f]{64}$/);
  });

  hub.test('hold for every request of a kept-alive connection', async (cluster) => {
    const client = cluster.wire(issue(authorityOf(cluster.layout.pki.ca), { commonName: 'jane' }));
    for (let request = 0; request < 3; request += 1) expect((await whoAmI(client)).username).toBe('jane');
  });

  hub.test('of a CA that the hub does not know are a 401', async (cluster) => {
    const client = cluster.wire(
      issue(foreignAuthority(), { commonName: 'jane', organizations: ['system:masters'] }),
    );
    for (const path of ['/api/v1/pods', '/healthz', '/version']) expectUnauthorized(await client.get(path));
  });

  hub.test('that have expired or are not valid yet are a 401', async (cluster) => {
    const ca = authorityOf(cluster.layout.pki.ca);
    const [past, now, future] = [-3_600_000, 0, 3_600_000].map((ms) => new Date(Date.now() + ms));
    const expired = { commonName: 'jane', notBefore: past, notAfter: new Date(now!.getTime() - 60_000) };
    const early = { commonName: 'jane', notBefore: future, notAfter: new Date(future!.getTime() + 60_000) };
    for (const subject of [expired, early])
      expectUnauthorized(await cluster.wire(issue(ca, subject)).get('/version'));
  });

  hub.test('of the CA of NATS do not open the hub', async (cluster) => {
    const { certificate, key } = cluster.layout.natsPki.apiserver;
    const client = cluster.wire({ cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') });
    expectUnauthorized(await client.get('/version'));
  });

  hub.test("the hub's own serving certificate is nobody's identity", async (cluster) => {
    const { certificate, key } = cluster.layout.pki.apiserver;
    const client = cluster.wire({ cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') });
    expectUnauthorized(await client.get('/version'));
  });
});

describe('bearer tokens', () => {
  const wrong = {
    'a word': 'nonsense',
    'something like a bootstrap token': 'abcdef.0123456789abcdef',
    'an unsigned JWT': `${btoa('{"alg":"none"}')}.${btoa('{"sub":"system:serviceaccount:kube-system:default"}')}.`,
    nothing: '',
  };
  for (const [name, token] of Object.entries(wrong)) {
    hub.test(`that are ${name} are a 401, and not anonymous`, async (cluster) => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await cluster.wire().get('/version', headers);
      if (token === '') expect(answer.status).toBe(200);
      else expectUnauthorized(answer);
    });
  }

  hub.test('in another scheme are no credential', async (cluster) => {
    const answer = await cluster
      .wire()
      .get('/api/v1/pods', { authorization: `Basic ${btoa('admin:admin')}` });
    expectFailure(answer, 403, 'Forbidden');
  });

  hub.test('beside a certificate that holds are not looked at', async (cluster) => {
    const answer = await cluster.admin.get('/api/v1/namespaces', { authorization: 'Bearer nonsense' });
    expect(answer.status).toBe(200);
  });
});

describe('bootstrap tokens', () => {
  const secretsPath = '/api/v1/namespaces/kube-system/secrets';
  const secretOf = (id: string, more: Record<string, string> = {}): Json => ({
    metadata: { name: `bootstrap-token-${id}` },
    type: 'bootstrap.kubernetes.io/token',
    stringData: {
      'token-id': id,
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-authentication': 'true',
      expiration: new Date(Date.now() + 3_600_000).toISOString(),
      ...more,
    },
  });
  const bearerOf = (cluster: Cluster, id: string) => cluster.wire({ token: `${id}.0123456789abcdef` });

  hub.test('name system:bootstrap:ID and its groups', async (cluster) => {
    const groups = 'system:bootstrappers:workers';
    expectJson(
      await cluster.admin.post(secretsPath, secretOf('aaaaa1', { 'auth-extra-groups': groups })),
      201,
    );
    const user = await whoAmI(bearerOf(cluster, 'aaaaa1'));
    expect(user.username).toBe('system:bootstrap:aaaaa1');
    expect(user.groups.sort()).toEqual(['system:authenticated', 'system:bootstrappers', groups]);
  });

  hub.test('may ask for certificates and little else', async (cluster) => {
    expectJson(await cluster.admin.post(secretsPath, secretOf('aaaaa2')), 201);
    const client = bearerOf(cluster, 'aaaaa2');
    expectFailure(await client.get('/api/v1/nodes'), 403, 'Forbidden');
    expectFailure(await client.get(secretsPath), 403, 'Forbidden');
    const answer = await client.post('/apis/certificates.k8s.io/v1/certificatesigningrequests', {
      metadata: {},
    });
    expect(answer.status).toBe(422);
  });

  const unusable: Record<string, Record<string, string>> = {
    'that have expired': { expiration: new Date(Date.now() - 1_000).toISOString() },
    'that are not for authentication': { 'usage-bootstrap-authentication': 'false' },
    'with another secret': { 'token-secret': 'fedcba9876543210' },
    'with groups outside system:bootstrappers': { 'auth-extra-groups': 'system:masters' },
    'whose id is not that of the Secret': { 'token-id': 'zzzzzz' },
  };
  Object.entries(unusable).forEach(([name, data], index) => {
    hub.test(`${name} are a 401`, async (cluster) => {
      const id = `bbbbb${index}`;
      expectJson(await cluster.admin.post(secretsPath, secretOf(id, data)), 201);
      expectUnauthorized(await bearerOf(cluster, id).get('/version'));
    });
  });

  hub.test('are what their Secret says now', async (cluster) => {
    expectJson(await cluster.admin.post(secretsPath, secretOf('aaaaa4')), 201);
    const client = bearerOf(cluster, 'aaaaa4');
    const change = async (stringData: Record<string, string>) =>
      expectJson(await cluster.admin.patch(`${secretsPath}/bootstrap-token-aaaaa4`, 'merge', { stringData }));
    await change({ 'auth-extra-groups': 'system:bootstrappers:late' });
    expect((await whoAmI(client)).groups).toContain('system:bootstrappers:late');
    await change({ 'usage-bootstrap-authentication': 'false' });
    expectUnauthorized(await client.get('/version'));
    await change({ 'usage-bootstrap-authentication': 'true' });
    expect((await client.get('/version')).status).toBe(200);
    await change({ expiration: new Date(Date.now() - 1_000).toISOString() });
    expectUnauthorized(await client.get('/version'));
  });

  const malformed = [
    'aaaaa1',
    'aaaaa1.',
    'aaaaa1.0123456789abcde',
    'aaaaa1.0123456789abcdeF',
    'AAAAA1.0123456789abcdef',
  ];
  for (const token of malformed)
    hub.test(`that look like ${token} are a 401`, async (cluster) => {
      expectUnauthorized(await cluster.wire({ token }).get('/version'));
    });

  hub.test('end with their Secret', async (cluster) => {
    expectJson(await cluster.admin.post(secretsPath, secretOf('aaaaa3')), 201);
    const client = bearerOf(cluster, 'aaaaa3');
    expect((await client.get('/version')).status).toBe(200);
    expectJson(await cluster.admin.delete(`${secretsPath}/bootstrap-token-aaaaa3`));
    expectUnauthorized(await client.get('/version'));
  });

  hub.test('are made, listed and taken back in kubeadm’s words', async (cluster) => {
    const token = 'ccccc1.0123456789abcdef';
    const create = (...flags: string[]) => cluster.hawser('token', 'create', ...flags);
    expect(await create(token, '--ttl', '0', '--description', 'for ever')).toMatchObject({
      exitCode: 0,
      stdout: `${token}\n`,
    });
    const { stdout } = await cluster.hawser('token', 'list');
    expect(stdout).toMatch(
      /^ccccc1\.0123456789abcdef +<forever> +<never> +signing,authentication +for ever +<none>$/m,
    );
    const complaints: [string[], string][] = [
      [[token], 'a token with id "ccccc1" already exists'],
      [['ccccc1'], 'the token is not of the form [a-z0-9]{6}.[a-z0-9]{16}'],
      [['--groups', 'system:masters'], 'system:masters does not match'],
      [['--usages', 'sign'], 'sign is none of signing, authentication'],
      [['--ttl', '-1h'], 'expected a duration'],
      [['--print-join-command', '--usages', 'signing'], 'cannot join with a token without authentication'],
    ];
    for (const [flags, complaint] of complaints) {
      const { exitCode, stdout, stderr } = await create(...flags);
      expect({ exitCode, stdout, stderr }).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining(complaint),
      });
    }
    const remove = () => cluster.hawser('token', 'delete', token);
    expect(await remove()).toMatchObject({ exitCode: 0, stdout: 'bootstrap token "ccccc1" deleted\n' });
    expect(await remove()).toMatchObject({
      exitCode: 1,
      stderr:
        'hawser: failed to delete bootstrap token "ccccc1": secrets "bootstrap-token-ccccc1" not found\n',
    });
  });

  hub.test('made by `hawser token create` work, and are listed and deleted', async (cluster) => {
    const created = await cluster.hawser('token', 'create', '--kubeconfig', cluster.layout.adminKubeconfig);
    expect(created).toMatchObject({ exitCode: 0, stderr: '' });
    const token = created.stdout.trim();
    expect(token).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    const [id] = token.split('.');
    expect((await whoAmI(cluster.wire({ token }))).username).toBe(`system:bootstrap:${id}`);
    const list = await cluster.hawser('token', 'list', '--kubeconfig', cluster.layout.adminKubeconfig);
    expect(list.stdout).toContain(id!);
    const removed = await cluster.hawser(
      'token',
      'delete',
      id!,
      '--kubeconfig',
      cluster.layout.adminKubeconfig,
    );
    expect(removed.exitCode).toBe(0);
    expectUnauthorized(await cluster.wire({ token }).get('/version'));
  });
});

describe('service account tokens', () => {
  const request = (spec: Json = {}) => ({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec,
  });
  const accountsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/serviceaccounts`;

  hub.test('from TokenRequest name the account, its groups and the credential', async (cluster) => {
    const namespace = await cluster.namespace();
    const answer = await cluster.admin.post(`${accountsIn(namespace)}/default/token`, request());
    const { token, expirationTimestamp } = expectJson(answer, 201).status;
    expect(Date.parse(expirationTimestamp) - Date.now()).toBeGreaterThan(3_500_000);
    const user = await whoAmI(cluster.wire({ token }));
    expect(user.username).toBe(`system:serviceaccount:${namespace}:default`);
    expect(user.groups.sort()).toEqual([
      'system:authenticated',
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
    ]);
    expect(user.uid).toBeString();
    expect(user.extra['authentication.kubernetes.io/credential-id'][0]).toMatch(/^JTI=/);
  });

  hub.test('end with their account, even when one of the same name comes after', async (cluster) => {
    const namespace = await cluster.namespace();
    const answer = await cluster.admin.post(`${accountsIn(namespace)}/default/token`, request());
    const client = cluster.wire({ token: expectJson(answer, 201).status.token });
    expect((await client.get('/version')).status).toBe(200);
    expectJson(await cluster.admin.delete(`${accountsIn(namespace)}/default`));
    expectUnauthorized(await client.get('/version'));
    expectJson(await cluster.admin.post(accountsIn(namespace), { metadata: { name: 'default' } }), 201);
    expectUnauthorized(await client.get('/version'));
  });

  hub.test('bound to a pod or Secret end with it', async (cluster) => {
    const namespace = await cluster.namespace();
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    expectJson(await cluster.admin.post(secrets, { metadata: { name: 'key' } }), 201);
    const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: 'key' };
    const answer = await cluster.admin.post(
      `${accountsIn(namespace)}/default/token`,
      request({ boundObjectRef }),
    );
    const client = cluster.wire({ token: expectJson(answer, 201).status.token });
    expect((await client.get('/version')).status).toBe(200);
    expectJson(await cluster.admin.delete(`${secrets}/key`));
    expectUnauthorized(await client.get('/version'));
  });

  hub.test(
    'for another audience do not open the hub, and a TokenReview tells for whom they are',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const answer = await cluster.admin.post(
        `${accountsIn(namespace)}/default/token`,
        request({ audiences: ['vault'] }),
      );
      const { token } = expectJson(answer, 201).status;
      expectUnauthorized(await cluster.wire({ token }).get('/version'));
      const review = async (audiences?: string[]) =>
        expectJson(
          await cluster.admin.post('/apis/authentication.k8s.io/v1/tokenreviews', {
            apiVersion: 'authentication.k8s.io/v1',
            kind: 'TokenReview',
            spec: { token, audiences },
          }),
          201,
        ).status;
      expect(await review(['vault', 'other'])).toMatchObject({ authenticated: true, audiences: ['vault'] });
      expect((await review()).authenticated).toBeFalsy();
    },
  );

  hub.test('that were tampered with are a 401', async (cluster) => {
    const namespace = await cluster.namespace();
    const answer = await cluster.admin.post(`${accountsIn(namespace)}/default/token`, request());
    const [head, body, signature] = expectJson(answer, 201).status.token.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const forged = Buffer.from(
      JSON.stringify({ ...claims, sub: 'system:serviceaccount:kube-system:default' }),
    ).toString('base64url');
    for (const token of [
      `${head}.${forged}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}.${'A'.repeat(86)}`,
    ])
      expectUnauthorized(await cluster.wire({ token }).get('/version'));
  });

  hub.test('shorter than ten minutes or for no account are refused', async (cluster) => {
    const namespace = await cluster.namespace();
    const short = await cluster.admin.post(
      `${accountsIn(namespace)}/default/token`,
      request({ expirationSeconds: 60 }),
    );
    expectFailure(short, 422, 'Invalid');
    expectFailure(
      await cluster.admin.post(`${accountsIn(namespace)}/nobody/token`, request()),
      404,
      'NotFound',
    );
  });

  for (const version of ['1.36', '1.30'] as const) {
    hub.test(`kubectl ${version} makes them and is known by them`, async (cluster) => {
      const namespace = await cluster.namespace();
      const created = await cluster.kubectl(version, '-n', namespace, 'create', 'token', 'default');
      expect(created.exitCode).toBe(0);
      const kubeconfig = cluster.kubeconfig(`account-${version}`, { token: created.stdout.trim() });
      const who = await cluster.kubectl(
        version,
        '--kubeconfig',
        kubeconfig,
        'auth',
        'whoami',
        '-o',
        'jsonpath={.status.userInfo.username}',
      );
      expect(who).toMatchObject({ exitCode: 0, stdout: `system:serviceaccount:${namespace}:default` });
    });
  }
});

describe('anonymous requests', () => {
  for (const path of ['/healthz', '/livez', '/readyz', '/version']) {
    hub.test(`reach ${path}`, async (cluster) => {
      expect((await cluster.wire().get(path)).status).toBe(200);
    });
  }

  const closed = [
    '/',
    '/api',
    '/apis',
    '/metrics',
    '/openapi/v3',
    '/api/v1/pods',
    '/api/v1/namespaces/default/secrets',
    '/nowhere',
    '/healthz/../api',
  ];
  for (const path of closed) {
    hub.test(`do not reach ${path}`, async (cluster) => {
      const status = expectFailure(await cluster.wire().get(path), 403, 'Forbidden');
      expect(status.message).toContain('User "system:anonymous" cannot');
    });
  }

  hub.test('may write nothing anywhere', async (cluster) => {
    const paths = [
      '/api/v1/namespaces',
      '/healthz',
      '/version',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      '/apis/authentication.k8s.io/v1/tokenreviews',
    ];
    for (const path of paths) expectFailure(await cluster.wire().post(path, {}), 403, 'Forbidden');
  });
});

describe('the TLS link', () => {
  hub.test('shows a certificate with all documented names', async (cluster) => {
    const certificate = await new Promise<string>((resolve, reject) => {
      const request = https.get(
        `${cluster.server}/version`,
        { ca: cluster.admin.identity.ca, agent: false },
        (response) => {
          resolve((response.socket as tls.TLSSocket).getPeerCertificate().subjectaltname ?? '');
          response.resume();
        },
      );
      request.on('error', reject);
    });
    for (const name of [
      'DNS:localhost',
      'DNS:kubernetes.default.svc.cluster.local',
      'IP Address:127.0.0.1',
      'IP Address:10.96.0.1',
    ])
      expect(certificate).toContain(name);
  });

  hub.test('is not spoken below TLS 1.2, nor without TLS', async (cluster) => {
    const plain = fetch(`http://127.0.0.1:${cluster.ports.hub}/version`);
    await expect(plain).rejects.toThrow();
    const outcomeOf = (maxVersion: 'TLSv1.1' | 'TLSv1.2') =>
      new Promise<string>((resolve) => {
        const { ca } = cluster.admin.identity;
        const options = {
          host: '127.0.0.1',
          port: cluster.ports.hub,
          ca,
          minVersion: 'TLSv1' as const,
          maxVersion,
        };
        const socket = tls.connect(options, () => resolve('connected'));
        socket.on('error', () => resolve('refused'));
        socket.on('close', () => resolve('refused'));
      });
    expect(await outcomeOf('TLSv1.1')).toBe('refused');
    expect(await outcomeOf('TLSv1.2')).toBe('connected');
  });
});
