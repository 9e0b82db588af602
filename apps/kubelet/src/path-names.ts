import { posix } from 'node:path';

/**
 * What the API server says is not taken for a path's part before it was looked at here: whoever can write past
 * its validation, to its store or as its impostor, must not thereby reach the node's files.
 */
export class UnsafeNameError extends RangeError {
  override readonly name = 'UnsafeNameError';

  constructor(noun: string, text: string | undefined) {
    super(`invalid ${noun}: ${JSON.stringify(text)}`);
  }
}

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const UID = /^[A-Za-z0-9-]{1,128}$/;
const KEY = /^(?!\.\.)(?!\.$)[-._a-zA-Z0-9]{1,253}$/;

/** Gives back a name of a volume, a container, a namespace. @throws UnsafeNameError unless it is a DNS label. */
export function labelPart(noun: string, name: string | undefined): string {
  return matching(LABEL, noun, name);
}

/** Gives back an object's name. @throws UnsafeNameError unless it is a DNS subdomain. */
export function subdomainPart(noun: string, name: string | undefined): string {
  return matching(SUBDOMAIN, noun, name);
}

/** Gives back a pod's UID. @throws UnsafeNameError */
export function uidPart(uid: string | undefined): string {
  return matching(UID, 'pod UID', uid);
}

/** Whether a directory's name can be that of a pod. */
export function isUid(name: string): boolean {
  return UID.test(name);
}

/** Gives back a key of a ConfigMap or Secret, which names a file. @throws UnsafeNameError */
export function keyPart(key: string): string {
  return matching(KEY, 'key', key);
}

/**
 * The path of a file in a volume, normalised.
 * @throws UnsafeNameError unless it is relative and stays inside; names that begin with `..` are the writer's own.
 */
export function filePath(path: string): string {
  const parts = path.split('/');
  const normal = posix.normalize(path);
  if (parts.includes('..') || normal.startsWith('..') || path.startsWith('/') || path.includes('\0'))
    throw new UnsafeNameError('path in a volume', path);
  if (normal === '.' || normal.endsWith('/')) throw new UnsafeNameError('path in a volume', path);
  return normal;
}

function matching(pattern: RegExp, noun: string, text: string | undefined): string {
  if (text === undefined || !pattern.test(text)) throw new UnsafeNameError(noun, text);
  return text;
}
