import { createHmac, timingSafeEqual } from 'node:crypto';
import type { BootstrapToken } from './bootstrap-token.ts';

/**
 * Signs a text with a bootstrap token: a JWS in compact form (HS256, RFC 7515) without its payload, which the reader
 * has already. Byte for byte what upstream writes (cluster-bootstrap/token/jws), as its readers compare whole texts.
 */
export function signDetached(content: string, { id, secret }: BootstrapToken): string {
  const header = base64url(JSON.stringify({ alg: 'HS256', kid: id }));
  const mac = createHmac('sha256', secret)
    .update(`${header}.${base64url(content)}`)
    .digest('base64url');
  return `${header}..${mac}`;
}

/** Whether whoever signed the text knew the token. */
export function isSignedDetached(signature: string, content: string, token: BootstrapToken): boolean {
  const [given, wanted] = [Buffer.from(signature), Buffer.from(signDetached(content, token))];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
