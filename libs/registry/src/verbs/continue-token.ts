import { badRequest, type Kind } from '@hawser/api';
import { kindPrefix, namespacePrefix } from '../encoding/keys.ts';

const VERSION = 'meta.k8s.io/v1';

/** Where a list is to go on. */
export interface Continuation {
  /** The moment that the list shows; -1 for the present one, after that moment was forgotten. */
  readonly revision: number;
  /** The key after which it goes on. */
  readonly after: string;
}

/** @returns upstream's token (apiserver/pkg/storage/continue.go): the moment, and the key after the last shown. */
export function writeContinueToken(kind: Kind, { revision, after }: Continuation): string {
  const start = `${after.slice(kindPrefix(kind).length).replace(/\0$/, '')}\0`;
  return Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start })).toString('base64url');
}

/**
 * The token is the client's to alter: it may move within what the request was authorized for, no further.
 * @throws ApiError BadRequest on what is none, or one of another place.
 */
export function readContinueToken(kind: Kind, namespace: string, token: string): Continuation {
  const { v, rv, start } = parse(token);
  if (v !== VERSION)
    throw invalidToken(`: server does not recognize this encoded version ${String(v ?? '')}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0 || rv < -1)
    throw invalidToken(`: incorrect encoded start resourceVersion (version ${VERSION})`);
  if (typeof start !== 'string' || start === '')
    throw invalidToken(`: encoded start key empty (version ${VERSION})`);
  const after = kindPrefix(kind) + start;
  if (!after.startsWith(namespacePrefix(kind, namespace))) throw invalidToken(`: ${start}`);
  return { revision: rv, after };
}

function parse(token: string): { v?: unknown; rv?: unknown; start?: unknown } {
  if (!/^[A-Za-z0-9_-]*$/.test(token)) throw invalidToken(': illegal base64 data');
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Whatever is wrong with it, it is not one of ours.
  }
  throw invalidToken(': it is not JSON');
}

function invalidToken(why: string) {
  return badRequest(`invalid continue token: continue key is not valid${why}`);
}
