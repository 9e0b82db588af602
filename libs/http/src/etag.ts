/**
 * Whether an `If-None-Match` header names an entity tag (RFC 9110, section 13.1.2: compared weakly).
 * @param etag with its quotes.
 */
export function namesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim())
    .some((tag) => tag === '*' || tag === etag || tag === `W/${etag}`);
}
