import { afterAll, describe, expect } from 'bun:test';
import { createHmac } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Cluster } from '../../cluster/cluster.ts';
import { clusterTest, shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../../cluster/eventually.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { OidcIssuer } from '../../cluster/oidc-issuer.ts';
import { readOutbox } from '../../cluster/outbox.ts';
import { requestUpgrade, WEB_SOCKET_HEADERS } from '../../cluster/upgrade-request.ts';

const issuer = await OidcIssuer.start();
afterAll(() => issuer[Symbol.dispose]());
const flags = [
  ...['--oidc-issuer-url', issuer.url, '--oidc-client-id', 'kubernetes', '--oidc-ca-file', issuer.caFile],
  ...['--oidc-groups-claim', 'groups', '--oidc-groups-prefix', 'oidc:'],
];

const WHO = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

/** Whom a token is taken for; the status of the refusal where it is not. */
async function who(cluster: Cluster, token: string) {
  const { status, json } = await cluster.wire({ token }).post(WHO, {});
  return status === 201 ? json.status.userInfo : status;
}

describe('tokens of an issuer that flags name', () => {
  const hub = shareCluster({ flags: { apiserver: flags } });

  hub.test('are users with a prefix, and groups, which RBAC goes by', async (cluster) => {
    const token = await eventually(async () => {
      const fresh = await issuer.token({ sub: 'alice', groups: ['devs'], jti: 'one' });
      return (await who(cluster, fresh)) === 401 ? undefined : fresh;
    });
    const name = `${issuer.url}#alice`;
    const kubectl = (...args: string[]) =>
      cluster.kubectl('1.36', '--kubeconfig', cluster.kubeconfig('nobody', {}), '--token', token, ...args);
    const { stdout } = await kubectl('auth', 'whoami', '-o', 'json');
    expect(JSON.parse(stdout).status.userInfo).toEqual({
      username: name,
      groups: ['oidc:devs', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=one'] },
    });
    const namespace = await cluster.namespace();
    const list = () => kubectl('-n', namespace, 'get', 'configmaps');
    expect((await list()).stderr).toContain(`User "${name}" cannot list resource "configmaps"`);
    const bind = ['create', 'rolebinding', 'devs', '--clusterrole=view', '--group=oidc:devs'];
    expect(await cluster.kubectl('1.36', '-n', namespace, ...bind)).toMatchObject({ exitCode: 0 });
    expect(await list()).toMatchObject({ exitCode: 0 });
    await eventuallyPasses(() => {
      const users = readOutbox(cluster.layout).map(({ event }) => event.user.username);
      expect(users).toContain(name);
    });
  });

  hub.test('come from an exec credential plugin as well', async (cluster) => {
    const token = await issuer.token({ sub: 'bob' });
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token },
    };
    // In a directory of its own: kubectl writes the path relative to the kubeconfig, and looks for a bare name on PATH.
    const plugin = join(cluster.place.home, 'plugin', 'token.sh');
    mkdirSync(join(plugin, '..'));
    writeFileSync(plugin, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`, { mode: 0o755 });
    const path = cluster.kubeconfig('exec', {});
    const set = ['config', 'set-credentials', 'exec', `--exec-command=${plugin}`];
    const more = ['--exec-api-version=client.authentication.k8s.io/v1', '--exec-interactive-mode=Never'];
    expect(await cluster.kubectl('1.36', '--kubeconfig', path, ...set, ...more)).toMatchObject({
      exitCode: 0,
    });
    await eventuallyPasses(async () => {
      const whoami = await cluster.kubectl('1.36', '--kubeconfig', path, 'auth', 'whoami');
      expect(whoami.stdout + whoami.stderr).toContain(`${issuer.url}#bob`);
    });
  });

  hub.test('are reviewed', async (cluster) => {
    const token = await issuer.token({ sub: 'alice' });
    const review = (spec: object) =>
      cluster.admin.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec });
    expect(expectJson(await review({ token }), 201).status).toMatchObject({
      authenticated: true,
      user: { username: `${issuer.url}#alice` },
      audiences: ['https://kubernetes.default.svc.cluster.local'],
    });
    expect(
      expectJson(await review({ token, audiences: ['vault'] }), 201).status.authenticated,
    ).toBeUndefined();
  });

  hub.test('open a WebSocket from among its protocols', async (cluster) => {
    const token = Buffer.from(await issuer.token({ sub: 'alice' })).toString('base64url');
    const protocols = `v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.${token}`;
    const path = '/api/v1/namespaces/default/pods/none/exec?command=true&stdout=true';
    const headers = { ...WEB_SOCKET_HEADERS, 'sec-websocket-protocol': protocols };
    const { status, text } = await requestUpgrade(cluster.wire(), 'GET', path, headers);
    expect(status).toBe(403);
    expect(text).toContain(`${issuer.url}#alice`);
  });

  hub.test('are refused that are not as they should be, without a word why', async (cluster) => {
    using stranger = await OidcIssuer.start();
    const now = Math.floor(Date.now() / 1000);
    const good = await issuer.token({ sub: 'alice' });
    const [head, body, tail] = good.split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const hs256 = `${encode({ alg: 'HS256' })}.${body}`;
    const attacks: Record<string, string> = {
      'another issuer': await stranger.token({ sub: 'alice' }),
      "another's key": await stranger.token({ iss: issuer.url, sub: 'alice' }),
      'another audience': await issuer.token({ sub: 'alice', aud: 'x' }),
      expired: await issuer.token({ sub: 'alice', exp: now - 1 }),
      'not yet': await issuer.token({ sub: 'alice', nbf: now + 3600 }),
      'no subject': await issuer.token({}),
      none: `${encode({ alg: 'none' })}.${body}.`,
      'none, signed': `${encode({ alg: 'none' })}.${body}.${tail}`,
      HS256: `${hs256}.${createHmac('sha256', issuer.ca).update(hs256).digest('base64url')}`,
      'changed claims': `${head}.${encode({ ...JSON.parse(Buffer.from(body!, 'base64url').toString()), groups: ['system:masters'] })}.${tail}`,
      'no claims': `${head}.${encode([])}.${tail}`,
      'service account of another': await issuer.token({
        sub: 'system:serviceaccount:kube-system:default',
        iss: 'https://kubernetes.default.svc.cluster.local',
      }),
      'too many parts': `${good}.x`,
    };
    for (const [name, token] of Object.entries(attacks)) {
      const answer = await cluster.wire({ token }).get('/api/v1/namespaces');
      expect(`${name}: ${answer.status} ${answer.json.message}`).toBe(`${name}: 401 Unauthorized`);
    }
    expect(await who(cluster, good)).toMatchObject({ username: `${issuer.url}#alice` });
  });

  hub.test('under a key that the issuer has made since are taken at once', async (cluster) => {
    const before = await issuer.token({ sub: 'alice' });
    issuer.rotate('RS256');
    const after = await issuer.token({ sub: 'alice' });
    // Made-up names of keys may have been asked for a moment ago.
    await eventually(async () => (await who(cluster, after)) !== 401);
    expect(await who(cluster, before)).toBe(401);
    const asked = issuer.asked.length;
    for (let i = 0; i < 20; i += 1)
      await who(cluster, await issuer.token({ sub: 'alice' }, { kid: `made-up-${i}` }));
    expect(issuer.asked.length - asked).toBeLessThanOrEqual(2);
  });

  hub.test('are taken while the issuer is down', async (cluster) => {
    const token = await issuer.token({ sub: 'alice' });
    await issuer.stop();
    expect(await who(cluster, token)).toMatchObject({ username: `${issuer.url}#alice` });
    await cluster.restart('apiserver');
    await cluster.hubReady();
    expect(await who(cluster, token)).toBe(401);
    expect(await who(cluster, 'nonsense')).toBe(401);
    expectJson(await cluster.admin.get('/api/v1/namespaces'));
    await issuer.listen();
    await eventually(async () => (await who(cluster, token)) !== 401);
  });
});

const configurationFile = (cluster: Cluster['layout']) => join(cluster.hub.directory, 'authentication.yaml');

function writeConfiguration(layout: Cluster['layout'], configuration: object): void {
  const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' };
  writeFileSync(configurationFile(layout), stringify({ ...head, ...configuration }));
}

function jwt(from: OidcIssuer, more: object = {}) {
  return {
    issuer: { url: from.url, audiences: ['kubernetes'], certificateAuthority: from.ca },
    claimMappings: { username: { claim: 'sub', prefix: 'x:' } },
    ...more,
  };
}

describe('an AuthenticationConfiguration', () => {
  clusterTest(
    'has several issuers, expressions, conditions for anonymous requests, and is read again',
    {
      prepare: (layout) =>
        writeConfiguration(layout, {
          jwt: [
            jwt(issuer, {
              claimMappings: {
                username: { expression: "'cel:' + claims.sub" },
                groups: { expression: "claims.roles.split(',')" },
                uid: { claim: 'sub' },
                extra: [{ key: 'example.com/team', valueExpression: 'claims.team' }],
              },
              claimValidationRules: [{ expression: 'claims.exp - claims.iat <= 3600', message: 'too long' }],
              userValidationRules: [{ expression: "user.groups.all(g, !g.startsWith('system:'))" }],
            }),
          ],
          anonymous: { enabled: true, conditions: [{ path: '/livez' }] },
        }),
    },
    async (cluster) => {
      await cluster.service('apiserver').stop();
      cluster.service('apiserver').start(['--authentication-config', configurationFile(cluster.layout)]);
      await eventually(async () => (await cluster.admin.get('/readyz')).status === 200);
      const iat = Math.floor(Date.now() / 1000);
      const claims = { sub: 'alice', roles: 'a,b', team: 't', iat };
      await eventually(async () => (await who(cluster, await issuer.token(claims))) !== 401);
      expect(await who(cluster, await issuer.token(claims))).toEqual({
        username: 'cel:alice',
        uid: 'alice',
        groups: ['a', 'b', 'system:authenticated'],
        extra: { 'example.com/team': ['t'] },
      });
      expect(await who(cluster, await issuer.token({ ...claims, iat: iat - 9_000 }))).toBe(401);
      expect(await who(cluster, await issuer.token({ ...claims, roles: 'system:masters' }))).toBe(401);
      const anonymous = cluster.wire();
      expect((await anonymous.get('/livez')).status).toBe(200);
      for (const path of ['/readyz', '/livez/ping', '/%6civez', '/version'])
        expect(`${path} ${(await anonymous.get(path)).status}`).toBe(`${path} 401`);

      using second = await OidcIssuer.start();
      second.rotate('ES256');
      writeConfiguration(cluster.layout, { jwt: [jwt(issuer), jwt(second)] });
      await eventually(async () => (await who(cluster, await second.token({ sub: 'bob' }))) !== 401);
      expect(await who(cluster, await second.token({ sub: 'bob' }))).toMatchObject({ username: 'x:bob' });
      expect(await who(cluster, await issuer.token({ sub: 'alice' }))).toMatchObject({ username: 'x:alice' });
      writeConfiguration(cluster.layout, { jwt: [{ ...jwt(second), issuer: { url: 'http://x' } }] });
      await eventuallyPasses(() =>
        expect(cluster.service('apiserver').log()).toContain(
          'jwt[0].issuer.url: Invalid value: \\"http://x\\": URL scheme must be https',
        ),
      );
      expect(await who(cluster, await second.token({ sub: 'bob' }))).toMatchObject({ username: 'x:bob' });
      writeConfiguration(cluster.layout, { jwt: [] });
      await eventually(async () => (await who(cluster, await second.token({ sub: 'bob' }))) === 401);
    },
  );

  clusterTest('takes no keys from somebody whom its CA does not vouch for', {}, async (cluster) => {
    using impostor = await OidcIssuer.start();
    const token = await impostor.token({ sub: 'alice' });
    writeConfiguration(cluster.layout, {
      jwt: [
        jwt(impostor, {
          issuer: { url: impostor.url, audiences: ['kubernetes'], certificateAuthority: issuer.ca },
        }),
      ],
    });
    await cluster.restart('apiserver', ['--authentication-config', configurationFile(cluster.layout)]);
    await cluster.hubReady();
    await eventuallyPasses(() =>
      expect(cluster.service('apiserver').log()).toContain('failed to verify 127.0.0.1'),
    );
    expect(await who(cluster, token)).toBe(401);
    expect(impostor.asked).toEqual([]);
  });

  const wrong: { name: string; flags: string[]; says: string }[] = [
    {
      name: 'an issuer without a client',
      flags: ['--oidc-issuer-url', 'https://x'],
      says: 'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set',
    },
    {
      name: 'a client without an issuer',
      flags: ['--oidc-client-id', 'x'],
      says: 'must be specified together',
    },
    {
      name: 'plain HTTP',
      flags: ['--oidc-issuer-url', 'http://x', '--oidc-client-id', 'x'],
      says: 'URL scheme must be https',
    },
    {
      name: 'an algorithm that is none',
      flags: [...flags, '--oidc-signing-algs', 'HS256'],
      says: 'invalid value "HS256" for --oidc-signing-algs',
    },
    {
      name: 'flags and a file',
      flags: [...flags, '--authentication-config', '/dev/null'],
      says: 'authentication-config file and oidc-* flags are mutually exclusive',
    },
    {
      name: "the service accounts' issuer",
      flags: ['--oidc-issuer-url', 'https://kubernetes.default.svc.cluster.local', '--oidc-client-id', 'x'],
      says: 'URL must not overlap with disallowed issuers',
    },
    {
      name: 'a claim without a value',
      flags: [...flags, '--oidc-required-claim', 'hd'],
      says: 'expected key=value',
    },
  ];
  clusterTest('or flags that are wrong keep the hub from starting', {}, async (cluster) => {
    const hub = cluster.service('apiserver');
    for (const { name, flags: given, says } of wrong) {
      await hub.stop();
      const before = hub.log().length;
      hub.start(given);
      await eventually(() => !hub.running);
      expect(`${name}: ${hub.log().slice(before)}`).toContain(says);
    }
  });
});
