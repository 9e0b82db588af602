/** Names of parameters whose values are credentials wherever they turn up (RFC 6750 2.3, RFC 6749). */
const SECRET = new Set(['token', 'access_token', 'id_token', 'refresh_token', 'client_secret', 'password']);

/**
 * A request's path and query as they may be recorded. No credential is read from a query here, but clients put them
 * there, and the proxies hand them on to what does read them; upstream records them as they are.
 */
export function auditedUri(uri: string): string {
  const at = uri.indexOf('?');
  if (at === -1) return uri;
  const parameters = uri.slice(at + 1).split('&');
  return `${uri.slice(0, at)}?${parameters.map(withoutSecret).join('&')}`;
}

function withoutSecret(parameter: string): string {
  const at = parameter.indexOf('=');
  return at !== -1 && SECRET.has(nameOf(parameter.slice(0, at)))
    ? `${parameter.slice(0, at)}=REDACTED`
    : parameter;
}

function nameOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded).toLowerCase();
  } catch {
    return encoded.toLowerCase();
  }
}
