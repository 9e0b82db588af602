import type { Json } from '../../cluster/wire-client.ts';

/** One thing that somebody tries with a node's key; `{ns}` stands for the namespace of the pods. */
export interface Attempt {
  /** `METHOD /path`. */
  readonly request: string;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
  /** What it is called where the request alone does not tell. */
  readonly name?: string;
}

/** Refused by the authorizers: the message is upstream's, made of the request and of this. */
export interface Unauthorized extends Attempt {
  readonly verb: string;
  /** Why the Node authorizer does not let it through; nothing where no rule of nodes speaks of it. */
  readonly reason?: string;
}

/** Let through by the authorizers and refused by admission, in these words. */
export interface Refused extends Attempt {
  readonly why: string;
  /** Of what is made, where the path does not tell. */
  readonly object?: string;
}

export const USER = 'system:node:node-1';

/** `pods "a" is forbidden: User … cannot …`, as the authorizers refuse a request. */
export function unauthorizedMessage({ request, verb, reason }: Unauthorized, user = USER): string {
  const { group, resource, name, subresource, namespace, path } = partsOf(request);
  const who = `User ${JSON.stringify(user)} cannot ${verb}`;
  const tail = reason === undefined ? '' : `: ${reason}`;
  if (resource === '') return `forbidden: ${who} path ${JSON.stringify(path)}${tail}`;
  const what = JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `${subject(group, resource, name)}: ${who} resource ${what} in API group ${JSON.stringify(group)} ${where}${tail}`;
}

/** `pods "a" is forbidden: why`, as an admission plug-in refuses a write. */
export function refusedMessage({ request, why, object }: Refused): string {
  const { group, resource, name } = partsOf(request);
  return `${subject(group, resource, object ?? name)}: ${why}`;
}

function subject(group: string, resource: string, name: string): string {
  const kind = group === '' ? resource : `${resource}.${group}`;
  return `${kind}${name === '' ? '' : ` ${JSON.stringify(name)}`} is forbidden`;
}

/** What a path is about; one object may be named by a field selector as well. */
function partsOf(request: string) {
  const url = new URL(request.slice(request.indexOf(' ') + 1), 'https://hub');
  const segments = url.pathname.split('/').slice(1);
  const api = segments.shift();
  if (api !== 'api' && api !== 'apis')
    return { group: '', resource: '', name: '', subresource: '', namespace: '', path: url.pathname };
  const group = api === 'apis' ? segments.shift()! : '';
  segments.shift();
  // Of a Namespace itself upstream says that it is asked for in the namespace of its name.
  const namespace = segments[0] === 'namespaces' ? (segments[1] ?? '') : '';
  if (segments.length > 2 && namespace !== '') segments.splice(0, 2);
  const [resource = '', name = '', subresource = ''] = segments;
  const selected = /^metadata\.name=(.+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1] ?? '';
  return { group, resource, name: name || selected, subresource, namespace, path: url.pathname };
}
