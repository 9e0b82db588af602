import {
  allKinds,
  KUBERNETES_VERSION,
  openApiDocument,
  openApiHash,
  openApiIndex,
  pageNotFound,
} from '@hawser/api';
import { namesEtag } from '@hawser/http';
import { type Answer, json, text } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';

const PREFIX = '/openapi/v3';

/**
 * Swagger 2.0 without a definition: clients that ask for it where v3 has no answer, as kubectl does for kinds that
 * are not served, take from it that there is none, and say so; without the document they say that it is missing.
 */
const SWAGGER_PATH = '/openapi/v2';
const SWAGGER = { swagger: '2.0', info: { title: 'Kubernetes', version: KUBERNETES_VERSION }, paths: {} };
const SWAGGER_PROTOBUF_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** `Document { swagger = 1: "2.0" }` (gnostic's OpenAPIv2.proto). */
const SWAGGER_PROTOBUF = Buffer.from([0x0a, 3, ...Buffer.from('2.0')]);

/** The documents never change while the hub runs; each is made when it is first asked for. */
const documents = new Map<string, { body: string; hash: string }>();
let index: { body: string; hash: string } | undefined;

/** `/openapi/v3` and the document of a group version below it; `/openapi/v2`. @throws ApiError NotFound */
export function routeOpenApi(context: RequestContext): Answer {
  const { path } = context.info;
  if (path === SWAGGER_PATH) return swagger(context);
  if (path === PREFIX || path === `${PREFIX}/`) {
    index ??= indexDocument();
    return conditional(context, index, false);
  }
  const match = /^\/openapi\/v3\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))$/.exec(path);
  if (match === null) throw pageNotFound();
  const document = documentOf(match[1] ?? match[2]!);
  const asked = context.info.query.get('hash') ?? '';
  if (asked === '' || asked === document.hash) return conditional(context, document, asked !== '');
  // Who asks for what was replaced is led to what there is, and keeps nothing under the old address.
  return { ...text(301, ''), headers: { Location: `${path}?hash=${document.hash}` } };
}

function indexDocument(): { body: string; hash: string } {
  const body = JSON.stringify(openApiIndex(allKinds));
  return { body, hash: openApiHash(body) };
}

function swagger({ request }: RequestContext): Answer {
  if (!request.headers.accept?.includes('application/com.github.proto-openapi.spec.v2'))
    return json(200, JSON.stringify(SWAGGER));
  return { code: 200, type: SWAGGER_PROTOBUF_TYPE, body: SWAGGER_PROTOBUF };
}

function documentOf(groupVersion: string): { body: string; hash: string } {
  let document = documents.get(groupVersion);
  if (document === undefined) {
    if (!allKinds.some((kind) => kind.apiVersion === groupVersion)) throw pageNotFound();
    const body = JSON.stringify(openApiDocument(groupVersion, allKinds));
    document = { body, hash: openApiHash(body) };
    documents.set(groupVersion, document);
  }
  return document;
}

/** Asked for by its hash, a document may be kept for ever; otherwise its ETag tells whether it changed. */
function conditional(
  { request }: RequestContext,
  { body, hash }: { body: string; hash: string },
  immutable: boolean,
): Answer {
  const headers = {
    ETag: `"${hash}"`,
    Vary: 'Accept',
    ...(immutable
      ? {
          'Cache-Control': 'public, immutable',
          Expires: new Date(Date.now() + 365 * 86_400_000).toUTCString(),
        }
      : {}),
  };
  if (namesEtag(request.headers['if-none-match'], `"${hash}"`))
    return { code: 304, type: 'application/json', body: '', headers };
  return { code: 200, type: 'application/json', body, headers };
}
