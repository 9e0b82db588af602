import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateSigningRequest } from '@hawser/api';
import { buildKubeconfig, loadKubeconfig, resolveContext, writeKubeconfig } from '@hawser/client';
import { answer, refusal, type TestRequest, TestServer } from '@hawser/client/testing';
import { silentLogger } from '@hawser/observability';
import { parseCertificateRequest, signCertificate } from '@hawser/pki';
import { systemClock } from '@hawser/runtime';
import { bootstrapClientCertificate } from './bootstrap-client-certificate.ts';
import { CertificateStore } from './certificate-store.ts';

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

/** The certificates API as far as a kubelet sees it: requests by name, and a signer that can be told to wait. */
class SigningServer {
  readonly requests = new Map<string, CertificateSigningRequest>();
  verdict: 'sign' | 'wait' | 'deny' = 'sign';
  server!: TestServer;

  handle(request: TestRequest, response: ServerResponse): void {
    const url = new URL(request.url, 'https://x');
    if (url.pathname !== PATH) answer(response, 404, refusal(404, 'NotFound'));
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
    const notAfter = new Date(Date.now() + 3_600_000);
    const ca = this.server.authority.authority;
    const pem = signCertificate({ ca, publicKey, subject, usages: spec.usages ?? [], notBefore, notAfter });
    return Buffer.from(pem).toString('base64');
  }
}

let directory: string;
let signing: SigningServer;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bootstrap-'));
  signing = new SigningServer();
  signing.server = await TestServer.start((request, response) => signing.handle(request, response));
  const kubeconfig = buildKubeconfig({
    server: signing.server.url,
    certificateAuthority: { data: signing.server.authority.certificate },
    token: { data: 'abcdef.0123456789abcdef' },
    userName: 'bootstrap',
  });
  writeKubeconfig(join(directory, 'bootstrap.kubeconfig'), kubeconfig);
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
    store: new CertificateStore(join(directory, 'pki'), 'kubelet-client'),
    userAgent: 'test',
    clock: systemClock,
    logger: silentLogger,
    ...overrides,
  };
  return bootstrapClientCertificate(options, signal);
}

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
    expect(first).rejects.toThrow('killed');
    signing.verdict = 'sign';
    await bootstrap();
    expect(signing.requests.size).toBe(1);
  });

  test('asks with a new key when it was denied', async () => {
    signing.verdict = 'deny';
    const stop = new AbortController();
    const trying = bootstrap(stop.signal);
    for (let tries = 0; tries < 300 && signing.requests.size < 2; tries += 1) await Bun.sleep(10);
    expect(signing.requests.size).toBeGreaterThanOrEqual(2);
    stop.abort(new Error('enough'));
    expect(trying).rejects.toThrow('enough');
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

  test('without an identity and without a bootstrap kubeconfig ends with what is missing', () => {
    expect(bootstrap(undefined, { bootstrapKubeconfigPath: undefined })).rejects.toThrow(
      'no --bootstrap-kubeconfig',
    );
  });
});
