/** An object that a token is bound to: gone, or made anew under the name, the token is void. */
export interface BoundReference {
  readonly name: string;
  readonly uid: string;
}

/** The claims of a service account token, named as in the JSON (kubernetes/pkg/serviceaccount/claims.go). */
export interface ServiceAccountClaims {
  readonly aud: readonly string[];
  /** Seconds since the epoch, as all times here. */
  readonly exp: number;
  readonly iat: number;
  readonly iss: string;
  readonly jti?: string;
  readonly 'kubernetes.io': {
    readonly namespace: string;
    readonly node?: BoundReference;
    readonly pod?: BoundReference;
    readonly secret?: BoundReference;
    readonly serviceaccount: BoundReference;
    readonly warnafter?: number;
  };
  readonly nbf: number;
  readonly sub: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Reads claims whose signature was verified; undefined when one is missing or of another type. */
export function readClaims(claims: Json): ServiceAccountClaims | undefined {
  const { aud, exp, iat, nbf, iss, sub, jti, 'kubernetes.io': own } = claims;
  const audiences = typeof aud === 'string' ? [aud] : aud;
  if (!isTextList(audiences) || !isTime(exp) || !isTime(iat) || !isTime(nbf)) return undefined;
  if (typeof iss !== 'string' || typeof sub !== 'string' || !isOptionalText(jti) || !isJson(own))
    return undefined;
  const { namespace, serviceaccount, pod, node, secret, warnafter } = own;
  if (typeof namespace !== 'string' || !isReference(serviceaccount)) return undefined;
  if (!isOptionalReference(pod) || !isOptionalReference(node) || !isOptionalReference(secret))
    return undefined;
  if (warnafter !== undefined && !isTime(warnafter)) return undefined;
  const bound = { namespace, node, pod, secret, serviceaccount, warnafter };
  return { aud: audiences, exp, iat, iss, jti, 'kubernetes.io': bound, nbf, sub };
}

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isOptionalText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';
const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');
const isReference = (value: unknown): value is BoundReference =>
  isJson(value) && typeof value['name'] === 'string' && typeof value['uid'] === 'string';
const isOptionalReference = (value: unknown): value is BoundReference | undefined =>
  value === undefined || isReference(value);
