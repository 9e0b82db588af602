import { describe, expect } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, podThat } from '../cluster/pods.ts';
import { requestUpgrade, WEB_SOCKET_HEADERS } from '../cluster/upgrade-request.ts';

const TRACE = ['--log-level', 'trace'];
const suite = shareCluster({
  nodes: 1,
  nats: true,
  egress: 'konnectivity',
  flags: {
    apiserver: TRACE,
    'controller-manager': TRACE,
    node: TRACE,
    'konnectivity-server': TRACE,
    'konnectivity-agent': TRACE,
  },
});

/** What must not be found, by what it is. */
const secrets = new Map<string, string>();

/** A value that occurs nowhere else; noted in all forms in which it goes about. */
function secret(what: string): string {
  const value = `${what}-${randomBytes(12).toString('hex')}`;
  note(what, value);
  return value;
}

function note(what: string, value: string): void {
  secrets.set(what, value);
  secrets.set(`${what} (base64)`, base64(value));
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What a request was answered with, whatever it was. */
const answers: string[] = [];

describe('what is secret', () => {
  suite.test(
    'is in no log, metric, audit event, Event or answer, nor anywhere on disk where it has no business',
    async (cluster) => {
      noteKeys(cluster);
      await useSecrets(cluster);
      await useTokens(cluster);
      await sendNonsense(cluster);
      await sendKeysAsRequests(cluster);
      await collectMetrics(cluster);
      await eventsArePublished(cluster);
      const places = [
        ...filesOf(cluster),
        ...answers.map((text, i) => [`answer ${i}`, Buffer.from(text)] as const),
      ];
      expect(places.length).toBeGreaterThan(20);
      expect(found(places)).toEqual([]);
    },
    120_000,
  );

  suite.test('lies in files that are for their owner alone, below directories that are, too', (cluster) => {
    const open = walk(cluster.place.home)
      .filter((path) => holdsSecrets(path) && (statSync(path).mode & 0o077) !== 0)
      .map((path) => `${relative(cluster.place.home, path)} ${(statSync(path).mode & 0o777).toString(8)}`);
    expect(open).toEqual([]);
    const { hub, natsPki, pki } = cluster.layout;
    for (const directory of [hub.directory, join(pki.ca.key, '..'), join(natsPki.ca.key, '..')])
      expect(`${directory} ${(statSync(directory).mode & 0o777).toString(8)}`).toBe(`${directory} 700`);
    return Promise.resolve();
  });
});

/** Every private key below the state directory, and the key of what is stored. */
function noteKeys({ place, layout }: Cluster): void {
  for (const path of walk(place.home).filter(holdsSecrets)) {
    const text = readFileSync(path, 'latin1');
    for (const [, body] of text.matchAll(/PRIVATE KEY-----\s+([\s\S]+?)\s+-----END/g))
      secrets.set(`the key of ${relative(place.home, path)}`, body!.split('\n').at(-2) ?? body!);
  }
  const [, key] = /secret: (\S+)/.exec(readFileSync(layout.hub.encryptionConfig, 'utf8'))!;
  secrets.set('the encryption key', key!);
  expect(secrets.size).toBeGreaterThan(10);
}

async function useSecrets(cluster: Cluster): Promise<void> {
  const namespace = await cluster.namespace();
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const [password, mounted, updated] = [secret('password'), secret('mounted'), secret('updated')];
  const kubectl = async (...args: string[]) => {
    const result = await cluster.kubectl('1.36', '-n', namespace, '-v', '9', ...args);
    expect(result).toMatchObject({ exitCode: 0 });
  };
  await kubectl(
    'create',
    'secret',
    'generic',
    'a',
    `--from-literal=password=${password}`,
    `--from-literal=file=${mounted}`,
  );
  await kubectl('create', 'secret', 'generic', 'docker', `--from-literal=x=${secret('literal')}`);
  await kubectl('patch', 'secret', 'docker', '-p', JSON.stringify({ stringData: { x: updated } }));
  await kubectl('get', 'secrets', '-o', 'yaml');
  const pod = shellPod('uses', 'exec sleep 3600');
  const [container] = pod.spec.containers;
  container.env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'a', key: 'password' } } }];
  container.volumeMounts = [{ name: 's', mountPath: '/s' }];
  pod.spec.volumes = [{ name: 's', secret: { secretName: 'a' } }];
  const at = await createPod(cluster, namespace, pod);
  await podThat(cluster, at, isReady);
  const shown = await cluster.kubectl('1.36', '-n', namespace, 'exec', 'uses', '--', 'cat', '/s/file');
  expect(shown.stdout).toBe(mounted);
  const token = await cluster.kubectl(
    ...(['1.36', '-n', namespace, 'exec', 'uses', '--'] as const),
    ...['cat', '/var/run/secrets/kubernetes.io/serviceaccount/token'],
  );
  note("the pod's token", token.stdout);
  const missing = shellPod('lacks', 'exec sleep 3600');
  missing.spec.containers[0].env = [{ name: 'X', valueFrom: { secretKeyRef: { name: 'a', key: 'none' } } }];
  await createPod(cluster, namespace, missing);
  await eventually(async () => {
    const { text } = await cluster.admin.get(`/api/v1/namespaces/${namespace}/events`);
    return text.includes('"lacks"') && text.includes('none');
  });
  answers.push((await cluster.admin.get('/api/v1/events')).text);
  expectJson(await cluster.admin.delete(`${path}/docker`));
}

/** Good and bad ones, everywhere that a client might put one. */
async function useTokens(cluster: Cluster): Promise<void> {
  const created = await cluster.kubectl('1.36', 'create', 'token', 'default');
  const token = created.stdout.trim();
  note('a service account token', token);
  secrets.set('the signature of a token', token.split('.')[2]!);
  const bootstrap = (await cluster.hawser('token', 'create')).stdout.trim();
  note('the secret of a bootstrap token', bootstrap.split('.')[1]!);
  const broken = `${token.slice(0, -8)}AAAAAAAA`;
  note('a token that does not hold', broken);
  const [name, password] = ['name', secret('basic')];
  const bad = secret('opaque');
  const credentials = [token, bootstrap, broken, bad].map((each) => `Bearer ${each}`);
  credentials.push(`Basic ${base64(`${name}:${password}`)}`, `Nonsense ${secret('scheme')}`);
  for (const authorization of credentials)
    for (const path of ['/api/v1/namespaces/default/pods', '/version', '/nothing'])
      answers.push((await cluster.wire().get(path, { authorization })).text);
  for (const each of [token, bad])
    for (const query of [
      `token=${each}`,
      `access_token=${each}`,
      `a=b&token=${encodeURIComponent(each)}&watch=x`,
    ]) {
      answers.push((await cluster.wire().get(`/api/v1/namespaces/default/pods?${query}`)).text);
      answers.push((await cluster.admin.get(`/api/v1/nodes/node-1/proxy/pods?${query}`)).text.slice(0, 1000));
      answers.push((await cluster.admin.get(`/nothing?${query}`)).text);
    }
  for (const each of [token, broken]) {
    const protocol = `base64url.bearer.authorization.k8s.io.${Buffer.from(each).toString('base64url')}`;
    secrets.set('a token among protocols', protocol.slice(-40));
    answers.push(await upgraded(cluster, protocol));
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: each } };
    const { status } = expectJson(
      await cluster.admin.post('/apis/authentication.k8s.io/v1/tokenreviews', review),
      201,
    );
    answers.push(JSON.stringify(status));
  }
}

async function upgraded(cluster: Cluster, protocol: string): Promise<string> {
  const headers = { ...WEB_SOCKET_HEADERS, 'sec-websocket-protocol': `v5.channel.k8s.io, ${protocol}` };
  const path = '/api/v1/namespaces/default/pods/none/exec?command=true&stdout=true';
  return (await requestUpgrade(cluster.wire(), 'GET', path, headers)).text;
}

/** What cannot be read, and what is not as it should be, with secrets in it. */
async function sendNonsense(cluster: Cluster): Promise<void> {
  const path = '/api/v1/namespaces/default/secrets';
  const value = secret('nonsense');
  const bodies: [type: string, body: string][] = [
    ['application/json', `{"metadata":{"name":"x"},"stringData":{"a":"${value}"`],
    ['application/json', `{"metadata":{"name":"x"},"data":{"a":"${value}!"}}`],
    ['application/json', `{"metadata":{"name":"x"},"stringData":["${value}"]}`],
    ['application/json', `{"metadata":{"name":"x"},"stringData":"${value}"}`],
    [
      'application/json',
      `{"metadata":{"name":"x"},"type":"kubernetes.io/dockerconfigjson","stringData":{".dockerconfigjson":"{${value}"}}`,
    ],
    [
      'application/json',
      `{"metadata":{"name":"x"},"type":"kubernetes.io/tls","stringData":{"tls.key":"${value}"}}`,
    ],
    [
      'application/json',
      `{"metadata":{"name":"x"},"type":"kubernetes.io/ssh-auth","stringData":{"x":"${value}"}}`,
    ],
    [
      'application/json',
      `{"metadata":{"name":"x"},"type":"kubernetes.io/basic-auth","stringData":{"x":"${value}"}}`,
    ],
    ['application/json', `{"metadata":{"name":"x"},"stringData":{"a b":"${value}"}}`],
    ['application/yaml', `metadata: {name: x}\nstringData:\n  a: ${value}\n b: [\n`],
    ['application/yaml', `metadata: {name: x}\ndata:\n  a: "${value}!"\n`],
    ['application/vnd.kubernetes.protobuf', `k8s\0${value}`],
    ['text/plain', value],
  ];
  for (const [type, body] of bodies)
    for (const query of ['', '?fieldValidation=Strict']) {
      const answer = await cluster.admin.post(path + query, body, { 'content-type': type });
      expect(`${body}: ${answer.status}`).not.toContain(': 20');
      answers.push(answer.text);
    }
  expectJson(
    await cluster.admin.post(path, {
      metadata: { name: 'here' },
      immutable: true,
      stringData: { a: secret('kept') },
    }),
    201,
  );
  const change = { stringData: { a: value } };
  for (const type of ['merge-patch', 'strategic-merge-patch', 'json-patch', 'apply-patch'])
    for (const body of [
      JSON.stringify(change),
      `{${JSON.stringify(value)}`,
      `[{"op":"test","path":"/data/a","value":"${value}"}]`,
    ]) {
      const mediaType = `application/${type}+${type === 'apply-patch' ? 'yaml' : 'json'}`;
      const at = `${path}/here?fieldManager=m`;
      answers.push((await cluster.admin.patch(at, mediaType, body)).text);
    }
  answers.push(
    (await cluster.admin.put(`${path}/here`, { metadata: { name: 'here' }, immutable: true, ...change }))
      .text,
  );
}

/** People send the wrong file. */
async function sendKeysAsRequests(cluster: Cluster): Promise<void> {
  const pem = readFileSync(cluster.layout.pki.apiserver.key, 'utf8');
  note('a key that was sent as a request', pem.trim().split('\n')[1]!);
  secrets.set('a key that was sent as a request, in base64', base64(pem).slice(60, 100));
  for (const request of [base64(pem), base64(`${pem}-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n`), pem]) {
    const spec = { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] };
    const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
    const answer = await cluster.admin.post(path, { metadata: { name: 'wrong-file' }, spec });
    expect(answer.status).not.toBe(201);
    answers.push(answer.text);
  }
  const secretsPath = '/api/v1/namespaces/kube-system/secrets';
  const value = secret('no token');
  for (const data of [
    { 'token-id': value, 'token-secret': value },
    { 'token-id': 'abcdef', 'token-secret': value, expiration: value, 'usage-bootstrap-signing': value },
  ]) {
    const metadata = { name: 'bootstrap-token-abcdef' };
    const body = { metadata, type: 'bootstrap.kubernetes.io/token', stringData: data };
    const answer = await cluster.admin.post(secretsPath, body);
    answers.push(answer.status === 201 ? '' : answer.text);
    if (answer.status === 201) await cluster.admin.delete(`${secretsPath}/bootstrap-token-abcdef`);
  }
}

async function collectMetrics(cluster: Cluster): Promise<void> {
  const { ports } = cluster;
  answers.push((await cluster.admin.get('/metrics')).text);
  answers.push((await cluster.admin.get('/api/v1/nodes/node-1/proxy/metrics')).text);
  for (const port of [ports.konnectivityAdmin, ports.konnectivityHealth])
    answers.push(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
}

/** The streams are on disk, too: what NATS keeps is looked through with all other files. */
async function eventsArePublished(cluster: Cluster): Promise<void> {
  const marker = `marker-${randomBytes(4).toString('hex')}`;
  await cluster.admin.get(`/nothing/${marker}`);
  await eventuallyPasses(() =>
    expect(walk(join(cluster.place.home, 'nats')).some((path) => readFileSync(path).includes(marker))).toBe(
      true,
    ),
  );
}

/** Where secrets are at home: what holds keys and tokens, and what pods are given. */
function holdsSecrets(path: string): boolean {
  return (
    /\.(key|pem|kubeconfig)$|encryption-config\.yaml$|ssh_host_\w+_key$/.test(path) || ENVIRONMENT.test(path)
  );
}

/** What a container was started with, and is to be started with again by a kubelet that comes after. */
const ENVIRONMENT = /\/runtime\/containers\/\w+\/(container\.json|bwrap\.args|shim\.spec)$/;

/** What a pod was given, on its node. */
const GIVEN = /^nodes\/[^/]+\/pods\/[^/]+\/volumes\//;

function filesOf({ place }: Cluster): [name: string, bytes: Buffer][] {
  return walk(place.home)
    .filter((path) => !holdsSecrets(path))
    .map((path) => [relative(place.home, path), path] as const)
    .filter(([name]) => !GIVEN.test(name))
    .map(([name, path]) => [name, readFileSync(path)]);
}

function found(places: readonly (readonly [string, Buffer])[]): string[] {
  return places.flatMap(([name, bytes]) =>
    [...secrets].filter(([, value]) => bytes.includes(value)).map(([what]) => `${what} in ${name}`),
  );
}

/** Every plain file below a directory. */
function walk(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
