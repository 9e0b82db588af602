import type { ObjectReference } from '@hawser/audit';
import { requestAttributes } from '../api/request-attributes.ts';

/** Paths that are about a pod: the subresource under which the API server has the same, and how many words follow. */
const POD_PATHS: Readonly<Record<string, { subresource: string; least: number; most: number }>> = {
  exec: { subresource: 'exec', least: 3, most: 4 },
  // It runs a command too; the API server has no other name for that.
  run: { subresource: 'exec', least: 3, most: 4 },
  attach: { subresource: 'attach', least: 3, most: 4 },
  portForward: { subresource: 'portforward', least: 2, most: 3 },
  containerLogs: { subresource: 'log', least: 3, most: 3 },
};

/**
 * What a request of the kubelet's API is about: a pod, named as the API server names it, or else the node, with the
 * subresource that is asked for first when the request is authorized.
 */
export function objectReference(method: string, path: string, nodeName: string): ObjectReference {
  return podReference(path) ?? nodeReference(method, path, nodeName);
}

function podReference(path: string): ObjectReference | undefined {
  const [, kind = '', ...encoded] = path.replace(/\/$/, '').split('/');
  if (!Object.hasOwn(POD_PATHS, kind)) return undefined;
  const { subresource, least, most } = POD_PATHS[kind]!;
  const words = decodeAll(encoded);
  if (words === undefined || words.includes('') || words.length < least || words.length > most)
    return undefined;
  const [namespace, name, uid] = words;
  const named = { resource: 'pods', namespace: namespace!, name: name!, apiVersion: 'v1', subresource };
  return most > least && words.length === most ? { ...named, uid: uid! } : named;
}

function nodeReference(method: string, path: string, name: string): ObjectReference {
  const { subresources } = requestAttributes(method, path);
  return { resource: 'nodes', name, apiVersion: 'v1', subresource: subresources[0]! };
}

function decodeAll(words: readonly string[]): string[] | undefined {
  try {
    return words.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
