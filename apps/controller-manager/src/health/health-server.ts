import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import type { KubeClient } from '@hawser/client';
import {
  clientCaBundle,
  listenTls,
  respond,
  ServingFiles,
  type TlsListener,
  type TlsMaterial,
} from '@hawser/http';
import type { Logger, Registry } from '@hawser/observability';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import type { Clock } from '@hawser/runtime';
import type { ReloadMetrics } from '@hawser/tls-files';
import { authorizeRequest } from './authorize-metrics.ts';

export interface HealthServerOptions {
  readonly host: string;
  readonly port: number;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly clientCaFile: string | undefined;
  /** Asks the API server who may read the metrics. */
  readonly client: KubeClient;
  /** Whether every cache is filled. */
  readonly isReady: () => boolean;
  readonly metrics: Registry;
  readonly reloads: ReloadMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Serves /healthz, /livez and /readyz to anybody, /metrics to those who may, over HTTPS. Its certificate and the CA of
 * clients may change on disk.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<TlsListener> {
  const { host, port, logger } = options;
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    answer(options, request, response).catch((error: unknown) => {
      logger.error({ error }, 'health request failed');
      respond(response, 500, 'text/plain', 'internal error');
    });
  };
  const files = servingMaterial(options);
  const listener = await listenTls(port, host, { material: files.material, onRequest });
  const closing = new AbortController();
  void files.follow((material) => listener.replaceMaterial(material), closing.signal);
  return {
    address: listener.address,
    replaceMaterial: (material) => listener.replaceMaterial(material),
    stopListening: () => listener.stopListening(),
    [Symbol.asyncDispose]: () => {
      closing.abort();
      return listener[Symbol.asyncDispose]();
    },
  };
}

async function answer(
  options: HealthServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'https://x').pathname;
  if (request.method !== 'GET') return respond(response, 405, 'text/plain', 'method not allowed');
  if (path === '/healthz' || path === '/livez') return respond(response, 200, 'text/plain', 'ok');
  if (path === '/readyz') {
    const isReady = options.isReady();
    return respond(response, isReady ? 200 : 503, 'text/plain', isReady ? 'ok' : 'caches are not filled yet');
  }
  const code = await authorizeRequest(options.client, request, path);
  if (code !== 200) return respond(response, code, 'text/plain', code === 401 ? 'Unauthorized' : 'Forbidden');
  if (path !== '/metrics') return respond(response, 404, 'text/plain', 'not found');
  respond(response, 200, options.metrics.contentType, await options.metrics.metrics());
}

function servingMaterial(options: HealthServerOptions): Pick<ServingFiles, 'material' | 'follow'> {
  const { certFile, keyFile, clientCaFile, host, clock, logger, reloads } = options;
  const surroundings = { clock, logger, metrics: reloads };
  if (certFile !== undefined && keyFile !== undefined)
    return new ServingFiles({ certFile, keyFile, clientCaFile }, surroundings);
  const pair = selfMade(host, clock.now());
  if (clientCaFile === undefined) return { material: pair, follow: async () => {} };
  const bundle = clientCaBundle(clientCaFile, surroundings);
  const materialWith = (clientCa: string): TlsMaterial => ({ ...pair, clientCa });
  return {
    material: materialWith(bundle.current),
    follow: (onChange, signal) => bundle.follow((clientCa) => onChange(materialWith(clientCa)), signal),
  };
}

const YEAR_MS = 365 * 24 * 3_600_000;

/** A certificate for this process only, as upstream's components make when they are given none. */
function selfMade(host: string, now: Date): { cert: string; key: string } {
  const period = {
    notBefore: new Date(now.getTime() - 300_000),
    notAfter: new Date(now.getTime() + YEAR_MS),
  };
  const ca = createCertificateAuthority({ subject: { commonName: `${hostname()}-ca` }, ...period });
  const keyPair = generateKeyPair('ecdsa-p256');
  const cert = signCertificate({
    ca,
    publicKey: keyPair.publicKey,
    subject: { commonName: hostname() },
    sans: { dnsNames: ['localhost'], ipAddresses: [...new Set(['127.0.0.1', host])] },
    usages: ['digital signature', 'server auth'],
    ...period,
  });
  return { cert: cert + ca.certificatePem, key: encodePrivateKey(keyPair) };
}
