/** What a request of the kubelet's API needs: `verb` on `nodes/SUBRESOURCE`, one of the subresources sufficing. */
export interface RequestAttributes {
  verb: string;
  /** In the order in which they are asked for. */
  subresources: string[];
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Paths, with all below them, that have a subresource of their own (upstream's `node_authorization`). */
const COARSE: Readonly<Record<string, string>> = {
  '/stats': 'stats',
  '/metrics': 'metrics',
  '/logs': 'log',
  '/checkpoint': 'checkpoint',
  '/statusz': 'statusz',
};

/** Paths that were `nodes/proxy` once and still are for whoever has that. */
const FINE: Readonly<Record<string, string>> = {
  '/pods': 'pods',
  '/runningpods': 'pods',
  '/healthz': 'healthz',
  '/configz': 'configz',
  '/flagz': 'configz',
};

/** Paths through which commands run: what they do is more than reading, whatever the method. */
const CREATING = ['/exec', '/attach', '/portForward', '/run'];

/**
 * The attributes by which a request is authorized. Unlike upstream, a WebSocket exec, which is a GET, takes
 * `create`: reading rights must not run commands.
 */
export function requestAttributes(method: string, path: string): RequestAttributes {
  const isCreating = CREATING.some((prefix) => isAtOrBelow(path, prefix));
  const verb = isCreating ? 'create' : (VERBS[method] ?? '');
  const coarse = Object.entries(COARSE).find(([prefix]) => isAtOrBelow(path, prefix));
  if (coarse) return { verb, subresources: [coarse[1]] };
  const fine = Object.entries(FINE).find(([prefix]) => isAtOrBelow(path, prefix));
  return { verb, subresources: fine ? [fine[1], 'proxy'] : ['proxy'] };
}

function isAtOrBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}
