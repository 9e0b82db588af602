import {
  KUBERNETES_MAJOR,
  KUBERNETES_MINOR,
  KUBERNETES_VERSION,
  methodNotSupported,
  pageNotFound,
} from '@hawser/api';
import { JWKS_MEDIA_TYPE, JWKS_PATH, OPENID_CONFIGURATION_PATH } from '@hawser/authn';
import type { Registry } from '@hawser/observability';
import { routeDiscovery } from './discovery/route-discovery.ts';
import { routeOpenApi } from './discovery/route-open-api.ts';
import type { EncryptionAtRest } from './encryption/encryption-at-rest.ts';
import { routeEncryption } from './encryption/route-encryption.ts';
import { type HealthChecks, routeHealth } from './health/route-health.ts';
import { type Answer, json, jsonOf } from './pipeline/answer.ts';
import type { RequestContext } from './pipeline/request-context.ts';
import type { OpenIdDocuments } from './tokens/open-id-metadata.ts';

export interface NonResource {
  readonly health: HealthChecks;
  readonly registry: Registry;
  /** Host and port as clients reach the hub, for the older discovery. */
  readonly serverAddress: () => string;
  /** Undefined where they are not served. */
  readonly openId: () => OpenIdDocuments | undefined;
  readonly encryption: EncryptionAtRest;
}

const VERSION = {
  major: KUBERNETES_MAJOR,
  minor: KUBERNETES_MINOR,
  gitVersion: KUBERNETES_VERSION,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'bun',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

/** Answers what is not about resources. @throws ApiError NotFound, MethodNotAllowed */
export async function routeNonResource(parts: NonResource, context: RequestContext): Promise<Answer> {
  const { path, verb } = context.info;
  const [root = ''] = path.split('/').filter((segment) => segment !== '');
  if (root === 'hawser') return routeEncryption(parts.encryption, context);
  if (verb !== 'get' && verb !== 'head') throw methodNotSupported();
  switch (root) {
    case 'healthz':
    case 'livez':
    case 'readyz':
      return routeHealth(parts.health, context, root);
    case 'version':
      return jsonOf(200, VERSION);
    case 'metrics':
      return { code: 200, type: parts.registry.contentType, body: await parts.registry.metrics() };
    case 'api':
    case 'apis':
      return routeDiscovery(context, parts.serverAddress());
    case 'openapi':
      return routeOpenApi(context);
  }
  const openId = path === OPENID_CONFIGURATION_PATH || path === JWKS_PATH ? parts.openId() : undefined;
  if (openId !== undefined) return openIdAnswer(openId, path);
  if (path === '/') return jsonOf(200, { paths: PATHS });
  throw pageNotFound();
}

/** Public keys change seldom: relying parties may keep them for an hour (kubernetes/pkg/routes/openidmetadata.go). */
function openIdAnswer({ configuration, keySet }: OpenIdDocuments, path: string): Answer {
  const headers = { 'Cache-Control': 'public, max-age=3600' };
  return path === JWKS_PATH
    ? { code: 200, type: JWKS_MEDIA_TYPE, body: keySet, headers }
    : { ...json(200, configuration), headers };
}

const PATHS = [
  '/.well-known/openid-configuration',
  '/api',
  '/apis',
  '/hawser/encryption',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v3',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
];
