import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateSigningRequest } from '@hawser/api';
import { buildKubeconfig, loadKubeconfig, resolveContext, writeKubeconfig } from '@hawser/client';
import { answer, refusal, type TestRequest, TestServer } from '@hawser/client/testing';
import { silentLogger } from '@hawser/observability';
import {
  encodePrivateKey,
  generateKeyPair,
  parseCertificate,
  parseCertificateRequest,
  signCertificate,
} from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { bootstrapClientCertificate } from './bootstrap-client-certificate.ts';
import { CertificateStore } from './certificate-store.ts';

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

/** The certificates API as far as a kubelet sees it: requests by name, and a signer that can be told to wait. */
class SigningServer {
  readonly requests = new Map<string, CertificateSigningRequest>();
  verdict: 'sign' | 'wait' | 'deny' = 'sign';
  lifeMs = 3_600_000;
  /** Whose token is taken. */
  token = 'abcdef.0123456789abcdef';
  server!: TestServer;

  handle(request: TestRequest, response: ServerResponse): void {
    const url = new URL(request.url, 'https://x');
    if (request.headers.authorization !== `Bearer ${this.token}`)
      answer(response, 401, refusal(401, 'Unauthorized'));
    else if (url.pathname !== PATH) answer(response, 404, refusal(404, 'NotFound'));
    else if (request.method === 'POST') this.#create(JSON.parse(request.body), response);
    else if (url.searchParams.has('watch')) response.writeHead(200).end();
    else this.#list(url.searchParams.get('fieldSelector')!.replace('metadata.name=', ''), response);
  }

  #create(request: CertificateSigningRequest, response: ServerResponse): void {
    const { name } = request.metadata;
    const exists = this.requests.has(name);
    if (!exists) this.requests.set(name, request);
    answer(response, exists ? 409 : 201, exists ? refusal(409, 'AlreadyExists') : request);
  }

  #list(name: string, response: ServerResponse): void {
    const found = this.requests.get(name);
    const items = found === undefined ? [] : [this.#decide(found)];
    answer(response, 200, { kind: 'List', metadata: { resourceVersion: '1' }, items });
  }

  #decide(request: CertificateSigningRequest): CertificateSigningRequest {
    if (this.verdict === 'wait') return request;
    const condition = {
      type: this.verdict === 'deny' ? 'Denied' : 'Approved',
      status: 'True',
      message: 'because',
    };
    const certificate = this.verdict === 'deny' ? undefined : this.#sign(request);
    return { ...request, status: { conditions: [condition], certificate } };
  }

  #sign({ spec }: CertificateSigningRequest): string {
    const { publicKey, subject } = parseCertificateRequest(Buffer.from(spec.request, 'base64').toString());
    const notBefore = new Date(Date.now() - 300_000);
    const notAfter = new Date(Date.now() + this.lifeMs);
    const ca = this.server.authority.authority;
    const pem = signCertificate({ ca, publicKey, subject, usages: spec.usages ?? [], notBefore, notAfter });
    return Buffer.from(pem).toString('base64');
  }
}

let directory: string;
let signing: SigningServer;
let clock: FakeClock;
let said: { why: string; bootstrap: string; help: string }[];
const logger = {
  ...silentLogger,
  error: (values: object) => void said.push(values as (typeof said)[number]),
  warn: (values: object) => void said.push(values as (typeof said)[number]),
};

function writeBootstrapKubeconfig(token: string): void {
  const kubeconfig = buildKubeconfig({
    server: signing.server.url,
    certificateAuthority: { data: signing.server.authority.certificate },
    token: { data: token },
    userName: 'bootstrap',
  });
  writeKubeconfig(join(directory, 'bootstrap.kubeconfig'), kubeconfig);
}
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bootstrap-'));
  signing = new SigningServer();
  signing.server = await TestServer.start((request, response) => signing.handle(request, response));
  said = [];
  clock = new FakeClock(new Date());
  writeBootstrapKubeconfig('abcdef.0123456789abcdef');
});
afterEach(async () => {
  await signing.server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

function bootstrap(
  signal: AbortSignal = AbortSignal.timeout(5000),
  overrides: { bootstrapKubeconfigPath?: string } = {},
) {
  const options = {
    nodeName: 'node-1',
    kubeconfigPath: join(directory, 'kubelet.kubeconfig'),
    bootstrapKubeconfigPath: join(directory, 'bootstrap.kubeconfig'),
    store: new CertificateStore(join(directory, 'pki'), 'kubelet-client', clock),
    userAgent: 'test',
    clock,
    logger,
    ...overrides,
  };
  return bootstrapClientCertificate(options, signal);
}

/** Lets time pass until it is so. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries += 1) {
    clock.advance(1_000);
    await Bun.sleep(5);
  }
  expect(condition()).toBe(true);
}

/** Lets time pass until it is done: it may have been in the middle of a try that still fails. */
async function settled(trying: Promise<void>): Promise<void> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  trying.then(over, over);
  await until(() => isOver);
  await trying;
}

const current = () => join(directory, 'pki/kubelet-client-current.pem');
const serialOf = (path: string) => parseCertificate(readFileSync(path, 'utf8')).serialNumber;

describe('TLS bootstrap', () => {
  test('asks with the token for a certificate of the node, and writes a kubeconfig that uses it', async () => {
    await bootstrap();
    expect(signing.server.requests[0]!.headers.authorization).toBe('Bearer abcdef.0123456789abcdef');
    const [{ spec }] = [...signing.requests.values()] as [CertificateSigningRequest];
    expect(spec).toMatchObject({
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', 'client auth'],
    });
    const asked = parseCertificateRequest(Buffer.from(spec.request, 'base64').toString());
    expect(asked.subject).toMatchObject({
      commonName: 'system:node:node-1',
      organizations: ['system:nodes'],
    });
    const { user, cluster } = resolveContext(loadKubeconfig(join(directory, 'kubelet.kubeconfig')));
    expect(user['client-certificate']).toBe(join(directory, 'pki/kubelet-client-current.pem'));
    expect(cluster.server).toBe(signing.server.url);
  });

  test('goes on with the same request when it was interrupted', async () => {
    signing.verdict = 'wait';
    const interrupted = new AbortController();
    const first = bootstrap(interrupted.signal);
    for (let tries = 0; tries < 200 && signing.requests.size === 0; tries += 1) await Bun.sleep(10);
    interrupted.abort(new Error('killed'));
    await expect(first).rejects.toThrow('killed');
    signing.verdict = 'sign';
    await bootstrap();
    expect(signing.requests.size).toBe(1);
  });

  test('asks with a new key when it was denied', async () => {
    signing.verdict = 'deny';
    const stop = new AbortController();
    const trying = bootstrap(stop.signal);
    await until(() => signing.requests.size >= 2);
    expect(signing.requests.size).toBeGreaterThanOrEqual(2);
    stop.abort(new Error('enough'));
    await expect(trying).rejects.toThrow('enough');
  });

  test('is not begun when the node has its identity', async () => {
    await bootstrap();
    const before = signing.server.requests.length;
    await bootstrap();
    expect(signing.server.requests.length).toBe(before);
  });

  test('only writes the kubeconfig when nothing else was left to do', async () => {
    await bootstrap();
    rmSync(join(directory, 'kubelet.kubeconfig'));
    await bootstrap();
    expect(existsSync(join(directory, 'kubelet.kubeconfig'))).toBe(true);
    expect(signing.requests.size).toBe(1);
  });

  test('without an identity and without a bootstrap kubeconfig ends with what is missing', async () => {
    await expect(bootstrap(undefined, { bootstrapKubeconfigPath: undefined })).rejects.toThrow(
      'no --bootstrap-kubeconfig',
    );
  });
});

describe('a node that was off for too long', () => {
  const expire = () => {
    clock.advance(2 * 3_600_000);
    signing.lifeMs = 24 * 3_600_000;
  };

  test('asks again with its bootstrap token', async () => {
    await bootstrap();
    const before = serialOf(current());
    expire();
    await bootstrap();
    expect(serialOf(current())).not.toBe(before);
    expect(said).toEqual([]);
  });

  test('says what is wrong and what helps while its token is refused, once, and comes back with a fresh one', async () => {
    await bootstrap();
    expire();
    signing.token = 'fedcba.0123456789abcdef';
    const requests = signing.server.requests.length;
    const trying = bootstrap(AbortSignal.timeout(20_000));
    await until(() => signing.server.requests.length > requests + 5);
    expect(said).toHaveLength(1);
    expect(said[0]!.why).toContain('kubelet-client-current.pem expired at');
    expect(said[0]!.help).toContain('bootstrap.kubeconfig is refused, it has expired or was deleted');
    expect(said[0]!.help).toContain('hawser token create');
    expect(JSON.stringify(said)).not.toContain('0123456789abcdef');
    writeBootstrapKubeconfig(signing.token);
    await settled(trying);
    expect(parseCertificate(readFileSync(current(), 'utf8')).notAfter > clock.now()).toBe(true);
  }, 25_000);

  test('without a bootstrap kubeconfig says what helps, does not end, and goes on once somebody has', async () => {
    await bootstrap();
    expire();
    const trying = bootstrap(AbortSignal.timeout(20_000), { bootstrapKubeconfigPath: undefined });
    await until(() => said.length > 0);
    for (let round = 0; round < 20; round += 1) {
      clock.advance(10_000);
      await Bun.sleep(1);
    }
    expect(said).toHaveLength(1);
    expect(said[0]!.help).toContain('start the kubelet with --bootstrap-kubeconfig');
    const { publicKey, privateKey } = generateKeyPair();
    const cert = signCertificate({
      ...{ ca: signing.server.authority.authority, publicKey },
      ...{ subject: { commonName: 'system:node:node-1' }, usages: ['client auth'] },
      ...{ notBefore: new Date(), notAfter: new Date(clock.now().getTime() + 3_600_000) },
    });
    const parts = {
      certificateAuthority: { data: signing.server.authority.certificate },
      clientCertificate: { data: cert },
      clientKey: { data: encodePrivateKey({ publicKey, privateKey }) },
    };
    const kubeconfig = buildKubeconfig({ server: signing.server.url, userName: 'node', ...parts });
    writeKubeconfig(join(directory, 'kubelet.kubeconfig'), kubeconfig);
    await settled(trying);
  }, 25_000);

  test('replaces a kubeconfig with an expired certificate of whoever made it, and keeps it beside', async () => {
    const identity = signing.server.authority.issue('system:node:node-1');
    const parts = {
      certificateAuthority: { data: signing.server.authority.certificate },
      clientCertificate: { data: identity.cert },
      clientKey: { data: identity.key },
    };
    const path = join(directory, 'kubelet.kubeconfig');
    writeKubeconfig(
      path,
      buildKubeconfig({ server: signing.server.url, userName: 'made-by-hand', ...parts }),
    );
    await bootstrap();
    expect(signing.requests.size).toBe(0);
    clock.advance(48 * 3_600_000);
    signing.lifeMs = 96 * 3_600_000;
    await bootstrap();
    expect(readFileSync(`${path}.bak`, 'utf8')).toContain('made-by-hand');
    expect(resolveContext(loadKubeconfig(path)).user['client-certificate']).toBe(current());
  });
});

describe('a node whose files are spoilt', () => {
  test('goes on with the certificate before, where that still holds', async () => {
    await bootstrap();
    const before = serialOf(current());
    clock.advance(1_000);
    const store = new CertificateStore(join(directory, 'pki'), 'kubelet-client', clock);
    const [first] = [...signing.requests.values()];
    const again = parseCertificateRequest(Buffer.from(first!.spec.request, 'base64').toString());
    expect(again.subject.commonName).toBe('system:node:node-1');
    const key = store.pendingKey();
    const authority = signing.server.authority.authority;
    const dates = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
    const subject = { commonName: 'system:node:node-1' };
    const usages = ['client auth'];
    store.update(
      signCertificate({ ca: authority, publicKey: key.publicKey, subject, usages, ...dates }),
      key,
    );
    expect(serialOf(current())).not.toBe(before);
    truncateSync(current(), 300);
    await bootstrap();
    expect(serialOf(current())).toBe(before);
    expect(signing.requests.size).toBe(1);
    expect(said).toHaveLength(1);
  });

  test('asks anew where there is none before, and keeps what stood in the link’s place', async () => {
    await bootstrap();
    const torn = readFileSync(current(), 'utf8').slice(0, 100);
    truncateSync(current(), 10);
    unlinkSync(current());
    writeFileSync(current(), torn);
    await bootstrap();
    expect(signing.requests.size).toBe(2);
    expect(lstatSync(current()).isSymbolicLink()).toBe(true);
    expect(readFileSync(`${current()}.bak`, 'utf8')).toBe(torn);
  });

  test('writes its kubeconfig anew where that is torn, with the certificate that it has', async () => {
    await bootstrap();
    writeFileSync(join(directory, 'kubelet.kubeconfig'), 'apiVersion: v1\nkind: Conf');
    await bootstrap();
    expect(signing.requests.size).toBe(1);
    expect(readFileSync(join(directory, 'kubelet.kubeconfig.bak'), 'utf8')).toContain('kind: Conf');
  });

  test('is told that its clock is behind', async () => {
    await bootstrap();
    clock.advance(-3_600_000);
    await bootstrap();
    expect(said).toHaveLength(1);
    expect(said[0]).toHaveProperty('notBefore');
  });
});
