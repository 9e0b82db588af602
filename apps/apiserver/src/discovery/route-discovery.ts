import { createHash } from 'node:crypto';
import { pageNotFound } from '@hawser/api';
import { namesEtag, parseAccept } from '@hawser/http';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import {
  aggregatedDiscovery,
  apiGroupList,
  apiGroupNamed,
  apiResourceList,
  apiVersions,
} from './discovery.ts';

interface DiscoveryDocument {
  readonly body: string;
  readonly etag: string;
}

/** Discovery documents never change while the hub runs: each is serialised once. */
export class DiscoveryDocuments {
  readonly #documents = new Map<string, DiscoveryDocument>();

  get size(): number {
    return this.#documents.size;
  }

  /** @param key names something that is served; a path as a client writes it has endless spellings. */
  of(key: string, make: () => object): DiscoveryDocument {
    let document = this.#documents.get(key);
    if (document === undefined) {
      const body = JSON.stringify(make());
      document = { body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` };
      this.#documents.set(key, document);
    }
    return document;
  }
}

const served = new DiscoveryDocuments();

/** Answers `/api`, `/apis` and what lies below them down to one group version. @throws ApiError NotFound */
export function routeDiscovery(
  context: RequestContext,
  serverAddress: string,
  documents: DiscoveryDocuments = served,
): Answer {
  const { path } = context.info;
  const [root, ...rest] = path.split('/').filter((segment) => segment !== '');
  if (rest.length === 0 && (root === 'api' || root === 'apis'))
    return rootDocument(context, root, serverAddress, documents);
  const [group, version] = root === 'api' ? ['', rest[0]!] : [rest[0]!, rest[1]];
  const document = version === undefined ? apiGroupNamed(group!) : apiResourceList(group!, version);
  if (document === undefined || rest.length > (root === 'api' ? 1 : 2)) throw pageNotFound();
  const kept = documents.of([root, ...rest].join('/'), () => document);
  return answer(context, 'application/json', kept);
}

function rootDocument(
  context: RequestContext,
  root: 'api' | 'apis',
  serverAddress: string,
  documents: DiscoveryDocuments,
): Answer {
  const version = aggregatedVersion(context.request.headers.accept);
  if (version === undefined) {
    const make = () => (root === 'api' ? apiVersions(serverAddress) : apiGroupList());
    return answer(context, 'application/json', documents.of(root, make));
  }
  const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  const make = () => aggregatedDiscovery(root === 'api', version);
  return answer(context, type, documents.of(`${root} ${version}`, make));
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

function answer(context: RequestContext, type: string, { body, etag }: DiscoveryDocument): Answer {
  const headers = { ETag: etag, Vary: 'Accept' };
  if (namesEtag(context.request.headers['if-none-match'], etag))
    return { code: 304, type, body: '', headers };
  return { code: 200, type, body, headers };
}
