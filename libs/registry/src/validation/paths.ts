import { type FieldError, invalidValue } from '@hawser/api';

/** Paths that become paths on a node: one that steps out of its directory reaches the host. */

const backsteps = (path: string) => path.split('/').includes('..');

/** No part of the path may be `..` (validatePathNoBacksteps). */
export function backstepFaults(at: string, path: string): FieldError[] {
  return backsteps(path) ? [invalidValue(at, path, "must not contain '..'")] : [];
}

/** A path within a directory (validateLocalDescendingPath). */
export function descendingPathFaults(at: string, path: string): FieldError[] {
  return [
    ...(path.startsWith('/') ? [invalidValue(at, path, 'must be a relative path')] : []),
    ...backstepFaults(at, path),
  ];
}

/** A path within a directory whose names that begin with `..` are the system's (ValidateLocalNonReservedPath). */
export function nonReservedPathFaults(at: string, path: string): FieldError[] {
  const reserved = path.startsWith('..') && !path.startsWith('../') && path !== '..';
  return [
    ...descendingPathFaults(at, path),
    ...(reserved ? [invalidValue(at, path, "must not start with '..'")] : []),
  ];
}
