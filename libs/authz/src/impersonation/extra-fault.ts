import type { WantedUser } from '@hawser/authn';

const HOST = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/**
 * Why extras may not be impersonated by a constrained verb, in upstream's words (endpoints/filters/impersonation,
 * validateExtra): keys are paths with a domain before them, in lower case, and nothing is empty.
 */
export function extraFault(extra: WantedUser['extra']): string | undefined {
  for (const [key, values] of extra) {
    if (key === '') return 'impersonating the empty string key in extra is not allowed';
    const fault = pathFault(key);
    if (fault !== undefined) return `impersonating an invalid key in extra is not allowed: ${fault}`;
    if (key !== key.toLowerCase())
      return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
    if (values.includes('')) return 'impersonating the empty string value in extra is not allowed';
  }
  return undefined;
}

function pathFault(key: string): string | undefined {
  const slash = key.indexOf('/');
  const invalid = (value: string, why: string) =>
    `extra.key: Invalid value: ${JSON.stringify(value)}: ${why}`;
  if (slash < 1 || slash === key.length - 1)
    return invalid(key, 'must be a domain-prefixed path (such as "acme.io/foo")');
  const [host, path] = [key.slice(0, slash), key.slice(slash + 1)];
  if (!HOST.test(host))
    return invalid(
      host,
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    );
  if (!PATH.test(path))
    return invalid(path, `Invalid path (regex used for validation is '${PATH.source.slice(1, -1)}')`);
  return undefined;
}
