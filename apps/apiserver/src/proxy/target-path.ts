/**
 * The path to ask of a target: what follows `proxy`, cleaned as upstream does (`path.Join`), so that nothing leads
 * up out of it; what is percent-encoded stays so.
 * @param rest as `RequestInfo.rest`. @returns empty where nothing follows, not even a slash.
 */
export function targetPath(rest: string): string {
  if (rest === '') return '';
  const kept: string[] = [];
  for (const segment of rest.split('/')) {
    const plain = segment.replace(/%2e/gi, '.');
    if (plain === '..') kept.pop();
    else if (plain !== '' && plain !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${rest.endsWith('/') && kept.length > 0 ? '/' : ''}`;
}

/** Paths of a kubelet by which something is run or reached into, whatever the method. */
const POWERFUL: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'run', 'cri']);

/**
 * Whether a request to a kubelet does more than its method says: by GET, a WebSocket leads into every container of
 * the node. What cannot be told for sure counts as such.
 */
export function isPowerful(path: string): boolean {
  const [first = '', ...others] = path.slice(1).split('/').map(decoded);
  return POWERFUL.has(first.toLowerCase()) || [first, ...others].some((segment) => /[/\\%;]/.test(segment));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '%';
  }
}
