import { signBytes, type TokenSigningKey, type TokenVerificationKey, verifyBytes } from './token-key.ts';

/** A token taken apart and not yet believed. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the signature is over. */
  readonly signedPart: string;
  readonly signature: Buffer;
}

/** A JWS in compact form (RFC 7515) over claims. */
export function signToken(key: TokenSigningKey, claims: object): string {
  const signedPart = `${encodeJson({ alg: key.algorithm, kid: key.keyId })}.${encodeJson(claims)}`;
  return `${signedPart}.${signBytes(key, signedPart).toString('base64url')}`;
}

/** Takes a token apart; undefined when it is not a JWS over a JSON object. */
export function decodeToken(token: string): DecodedToken | undefined {
  const [head, body, tail, ...more] = token.split('.');
  if (head === undefined || body === undefined || tail === undefined || more.length > 0) return undefined;
  const header = decodeJson(head);
  const claims = decodeJson(body);
  if (header === undefined || claims === undefined || !BASE64URL.test(tail)) return undefined;
  return { header, claims, signedPart: `${head}.${body}`, signature: Buffer.from(tail, 'base64url') };
}

/**
 * Whether one of the keys made the signature. A token that names its key is tried with that one alone. The
 * header's algorithm must be the key's, so that neither `none` nor an HMAC under a public key gets through;
 * extensions that must be understood (`crit`) are not.
 */
export function isSignedByOneOf(token: DecodedToken, keys: readonly TokenVerificationKey[]): boolean {
  const { alg, kid, crit } = token.header;
  if (crit !== undefined) return false;
  return keys.some(
    (key) =>
      (kid === undefined || kid === '' || kid === key.keyId) &&
      alg === key.algorithm &&
      verifyBytes(key, token.signedPart, token.signature),
  );
}

const BASE64URL = /^[A-Za-z0-9_-]+$/;

function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decodeJson(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!BASE64URL.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
