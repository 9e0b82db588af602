/** What a token says, by name. */
export type Claims = Readonly<Record<string, unknown>>;

/** A claim that is not as it must be. The message is for the log, and quotes no more than names. */
export class ClaimError extends Error {
  override name = 'ClaimError';
}

export const hasClaim = (claims: Claims, name: string): boolean => Object.hasOwn(claims, name);

/** @throws ClaimError where it is absent or no text. */
export function textClaim(claims: Claims, name: string, what: string): string {
  const value = hasClaim(claims, name) ? claims[name] : undefined;
  if (value === undefined)
    throw new ClaimError(`oidc: parse ${what} ${JSON.stringify(name)}: claim not present`);
  if (typeof value !== 'string')
    throw new ClaimError(
      `oidc: parse ${what} ${JSON.stringify(name)}: cannot unmarshal ${kindOf(value)} into a string`,
    );
  return value;
}

/** One text or a list of them. @throws ClaimError for anything else. */
export function textsClaim(claims: Claims, name: string): string[] {
  const value = claims[name];
  if (value === null) return [];
  const list = Array.isArray(value) ? value : [value];
  if (!list.every((each) => typeof each === 'string'))
    throw new ClaimError(
      `oidc: parse groups claim ${JSON.stringify(name)}: neither a string nor a list of strings`,
    );
  return list;
}

const kindOf = (value: unknown) => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);
