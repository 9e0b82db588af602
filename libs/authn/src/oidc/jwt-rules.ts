import type { Identity } from '../identity.ts';
import type { CelExpression } from './cel-expression.ts';
import { celClaims } from './cel-expression.ts';
import { ClaimError, type Claims, hasClaim, textClaim, textsClaim } from './claims.ts';

export interface PrefixedClaim {
  readonly claim: string;
  readonly prefix: string;
}

export interface CheckedExpression {
  readonly expression: CelExpression;
  /** What is said where it gives false. */
  readonly message: string;
}

/** What the claims of an issuer's tokens mean, and what they must be. */
export interface JwtRules {
  readonly username: PrefixedClaim | CelExpression;
  readonly groups?: PrefixedClaim | CelExpression;
  readonly uid?: { readonly claim: string } | CelExpression;
  readonly extra: readonly { readonly key: string; readonly expression: CelExpression }[];
  /** Claims that must be there with these very values. */
  readonly requiredClaims: ReadonlyMap<string, string>;
  readonly claimRules: readonly CheckedExpression[];
  readonly userRules: readonly CheckedExpression[];
}

/**
 * Whom a verified token is for (apiserver/plugin/pkg/authenticator/token/oidc).
 * @throws ClaimError where the claims do not say, or are not as they must be.
 */
export function identityOfClaims(rules: JwtRules, claims: Claims): Identity {
  const values = usesExpressions(rules) ? celClaims(claims) : {};
  const name = usernameOf(rules, claims, values);
  const groups = groupsOf(rules, claims, values);
  const uid = uidOf(rules, claims, values);
  const identity = { name, ...(uid === '' ? {} : { uid }), groups, extra: extraOf(rules, values) };
  checkRequired(rules.requiredClaims, claims);
  for (const rule of rules.claimRules) check(rule, values);
  const user = { username: name, uid, groups, extra: new Map(Object.entries(identity.extra)) };
  for (const rule of rules.userRules) check(rule, { user });
  return identity;
}

function usesExpressions({ username, groups, uid, extra, claimRules }: JwtRules): boolean {
  return (
    [username, groups, uid].some((each) => each && 'evaluate' in each) || extra.length + claimRules.length > 0
  );
}

function usernameOf({ username }: JwtRules, claims: Claims, values: object): string {
  if (!('claim' in username)) {
    const name = textResult(username, values, 'username');
    if (name === '') throw new ClaimError('oidc: empty username via CEL expression is not allowed');
    return name;
  }
  const name = textClaim(claims, username.claim, 'username claims');
  // Upstream lets an empty one pass, which with a prefix is a user nonetheless.
  if (name === '') throw new ClaimError(`oidc: username claim ${JSON.stringify(username.claim)} is empty`);
  if (username.claim === 'email' && hasClaim(claims, 'email_verified') && claims['email_verified'] !== true)
    throw new ClaimError('oidc: email not verified');
  return username.prefix + name;
}

function groupsOf({ groups }: JwtRules, claims: Claims, values: object): readonly string[] {
  if (groups === undefined) return [];
  if (!('claim' in groups)) return textsResult(groups, values, 'group');
  if (hasClaim(claims, groups.claim))
    return textsClaim(claims, groups.claim).map((each) => groups.prefix + each);
  if (isDistributed(claims, groups.claim))
    throw new ClaimError('oidc: could not expand distributed claims: they are not supported');
  return [];
}

/** Said in the token to be had elsewhere (OpenID Connect Core 5.6.2); to go on without would be other groups. */
function isDistributed(claims: Claims, name: string): boolean {
  const names = claims['_claim_names'];
  return typeof names === 'object' && names !== null && Object.hasOwn(names, name);
}

function uidOf({ uid }: JwtRules, claims: Claims, values: object): string {
  if (uid === undefined) return '';
  return 'claim' in uid ? textClaim(claims, uid.claim, 'uid claim') : textResult(uid, values, 'uid');
}

function extraOf({ extra }: JwtRules, values: object): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {};
  for (const { key, expression } of extra) {
    const texts = textsResult(expression, values, 'extra');
    if (texts.length > 0) found[key] = texts;
  }
  return found;
}

function checkRequired(required: ReadonlyMap<string, string>, claims: Claims): void {
  for (const [name, wanted] of required) {
    if (!hasClaim(claims, name)) throw new ClaimError(`oidc: required claim ${name} not present in ID token`);
    if (textClaim(claims, name, 'claim') !== wanted)
      throw new ClaimError(`oidc: required claim ${name} value does not match`);
  }
}

function check({ expression, message }: CheckedExpression, values: object): void {
  const value = expression.evaluate(values);
  if (value === true) return;
  const why = value === false ? 'evaluated to false' : 'must return a boolean';
  throw new ClaimError(`oidc: validation expression '${expression.text}' failed: ${message || why}`);
}

function textResult(expression: CelExpression, values: object, what: string): string {
  const value = expression.evaluate(values);
  if (typeof value !== 'string')
    throw new ClaimError(
      `oidc: error evaluating ${what} claim expression: ${what} claim expression must return a string`,
    );
  return value;
}

/** Empty texts count for nothing, as upstream. */
function textsResult(expression: CelExpression, values: object, what: string): string[] {
  const value = expression.evaluate(values);
  const list = value === null || value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (!list.every((each) => typeof each === 'string'))
    throw new ClaimError(
      `oidc: error evaluating ${what} claim expression: expression must return a string or a list of strings`,
    );
  return list.filter((each) => each !== '');
}
