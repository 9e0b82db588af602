import type { Node, Pod } from '@hawser/api';
import { addResources, podRequests, type Resources, resourcesOf } from './pod-resources.ts';

/** A node and what is on it, as filters and scores see them. */
export interface NodeInfo {
  readonly node: Node;
  readonly pods: readonly Pod[];
  readonly allocatable: Resources;
  readonly requested: Resources;
}

/** @param pods those on the node that have not ended, and those just placed there. */
export function nodeInfoOf(node: Node, pods: readonly Pod[]): NodeInfo {
  const allocatable = resourcesOf(node.status?.allocatable);
  return { node, pods, allocatable, requested: addResources(...pods.map(podRequests)) };
}
