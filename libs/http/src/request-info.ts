import { badRequest, parseFieldSelector } from '@hawser/api';

/** What a request's method and path say, in the words of RBAC (apiserver/pkg/endpoints/request/requestinfo.go). */
export interface RequestInfo {
  /** Under `/api/VERSION/` or `/apis/GROUP/VERSION/`; otherwise only `path` and `verb` count. */
  readonly resourceRequest: boolean;
  readonly path: string;
  readonly query: URLSearchParams;
  /** An API verb for resources, the lower-case method otherwise; empty for a method that is no plain word. */
  readonly verb: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** What follows the subresource, as it was sent: the path to hand on in a proxy request, or nothing. */
  readonly rest: string;
}

/** A map and not an object: over HTTP/2 a method is free text, such as `constructor`. */
const VERBS: ReadonlyMap<string, string> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/** What a method of another name, such as LIST, must not pass for. */
const API_VERBS: ReadonlySet<string> = new Set([...VERBS.values(), 'list', 'watch', 'deletecollection']);

/** A method that goes by its own name into authorization, audit events and answers. */
const PLAIN_METHOD = /^[A-Za-z]{1,32}$/;

const NO_QUERY = new URLSearchParams();

/** Subresources of a Namespace; anything else after its name is a resource within it. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/**
 * @param url path and query as they came in the request line.
 * @throws ApiError BadRequest when the path is not valid UTF-8 in percent-encoding.
 */
export function parseRequestInfo(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = mark === -1 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1));
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeSegment);
  const [root, ...rest] = segments;
  const core = root === 'api' && rest.length >= 2;
  const grouped = root === 'apis' && rest.length >= 3;
  if (!core && !grouped) return nonResource(method, path, query);
  const [apiGroup, apiVersion] = core ? ['', rest[0]!] : [rest[0]!, rest[1]!];
  return resource(method, { path, query, apiGroup, apiVersion }, rest.slice(core ? 1 : 2));
}

function nonResource(method: string, path: string, query: URLSearchParams): RequestInfo {
  const empty = {
    apiGroup: '',
    apiVersion: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    rest: '',
  };
  return { resourceRequest: false, path, query, verb: nameOf(method), ...empty };
}

type Place = Pick<RequestInfo, 'path' | 'query' | 'apiGroup' | 'apiVersion'>;

function resource(method: string, place: Place, segments: readonly string[]): RequestInfo {
  // The older way to watch: `/api/v1/watch/namespaces/NS/pods/NAME`.
  const watches = segments[0] === 'watch' && segments.length > 1;
  const [namespace, parts] = splitNamespace(watches ? segments.slice(1) : segments);
  const [plural = '', givenName = '', subresource = ''] = parts;
  const verb = watches ? 'watch' : verbFor(method, givenName, place.query);
  const selects = verb === 'list' || verb === 'watch';
  const name = selects && givenName === '' ? nameSelected(place.query) : givenName;
  return {
    resourceRequest: true,
    ...place,
    verb,
    namespace,
    resource: plural,
    subresource,
    name,
    rest: lastSegments(place.path, parts.length - 3),
  };
}

/** Where the last so many segments of a path begin, with the slash before and whatever is behind; of none, that alone. */
function lastSegments(path: string, count: number): string {
  let start = path.length;
  for (let left = count; ; left -= 1) {
    while (start > 0 && path[start - 1] === '/') start -= 1;
    if (left <= 0) return path.slice(start);
    while (start > 0 && path[start - 1] !== '/') start -= 1;
  }
}

/** `namespaces/NS/pods` is about pods in NS; `namespaces/NS` and its subresources are about the Namespace. */
function splitNamespace(segments: readonly string[]): [namespace: string, parts: readonly string[]] {
  if (segments[0] !== 'namespaces' || segments.length === 1) return ['', segments];
  const namespace = segments[1]!;
  if (segments.length === 2 || NAMESPACE_SUBRESOURCES.has(segments[2]!)) return [namespace, segments];
  return [namespace, segments.slice(2)];
}

function verbFor(method: string, name: string, query: URLSearchParams): string {
  const verb = VERBS.get(method) ?? unknownVerb(method);
  if (name !== '') return verb;
  if (verb === 'get') return isTrue(query.get('watch')) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

function unknownVerb(method: string): string {
  const verb = nameOf(method);
  return API_VERBS.has(verb) ? '' : verb;
}

function nameOf(method: string): string {
  return PLAIN_METHOD.test(method) ? method.toLowerCase() : '';
}

/** Reading a collection but for one name is authorized as reading that name. */
function nameSelected(query: URLSearchParams): string {
  const selector = query.get('fieldSelector') ?? '';
  if (!selector.includes('metadata.name')) return '';
  try {
    const named = parseFieldSelector(selector).find(({ field, equal }) => field === 'metadata.name' && equal);
    // What is no segment of a path is no name (apimachinery/pkg/api/validation/path).
    return named === undefined || /^\.{1,2}$|[/%]/.test(named.value) ? '' : named.value;
  } catch {
    return '';
  }
}

/** A query parameter as upstream reads it (apimachinery/pkg/runtime/conversion.go): `0` and `false` in any case are false. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw badRequest(`invalid path segment ${JSON.stringify(segment)}`, cause);
  }
}
