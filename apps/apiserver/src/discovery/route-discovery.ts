import { createHash } from 'node:crypto';
import { pageNotFound } from '@hawser/api';
import { parseAccept } from '@hawser/http';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import {
  aggregatedDiscovery,
  apiGroupList,
  apiGroupNamed,
  apiResourceList,
  apiVersions,
} from './discovery.ts';

/** Discovery documents never change while the hub runs: each is serialised once. */
const documents = new Map<string, { body: string; etag: string }>();

/** Answers `/api`, `/apis` and what lies below them down to one group version. @throws ApiError NotFound */
export function routeDiscovery(context: RequestContext, serverAddress: string): Answer {
  const { path } = context.info;
  const [root, ...rest] = path.split('/').filter((segment) => segment !== '');
  if (rest.length === 0 && (root === 'api' || root === 'apis'))
    return rootDocument(context, root, serverAddress);
  const [group, version] = root === 'api' ? ['', rest[0]!] : [rest[0]!, rest[1]];
  const document = version === undefined ? apiGroupNamed(group!) : apiResourceList(group!, version);
  if (document === undefined || rest.length > (root === 'api' ? 1 : 2)) throw pageNotFound();
  return answer(context, path, 'application/json', () => document);
}

function rootDocument(context: RequestContext, root: 'api' | 'apis', serverAddress: string): Answer {
  const version = aggregatedVersion(context.request.headers.accept);
  if (version === undefined)
    return answer(context, root, 'application/json', () =>
      root === 'api' ? apiVersions(serverAddress) : apiGroupList(),
    );
  const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return answer(context, `${root} ${version}`, type, () => aggregatedDiscovery(root === 'api', version));
}

/** The newest aggregated form that the client asks for before plain JSON. */
function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of parseAccept(accept)) {
    if (type !== 'application/json' && type !== '*/*') continue;
    if (parameters['as'] === undefined) return undefined;
    const { g, v, as } = parameters;
    if (g === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList' && (v === 'v2' || v === 'v2beta1'))
      return v;
  }
  return undefined;
}

function answer(context: RequestContext, key: string, type: string, make: () => object): Answer {
  let document = documents.get(key);
  if (document === undefined) {
    const body = JSON.stringify(make());
    document = { body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` };
    documents.set(key, document);
  }
  const headers = { ETag: document.etag, Vary: 'Accept' };
  if (context.request.headers['if-none-match'] === document.etag)
    return { code: 304, type, body: '', headers };
  return { code: 200, type, body: document.body, headers };
}
