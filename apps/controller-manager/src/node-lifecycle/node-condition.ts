import type { Node, NodeCondition } from '@hawser/api';

export type ReadyStatus = 'True' | 'False' | 'Unknown';

export function conditionOf(node: Node, type: string): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type);
}

/** The status of the node's Ready condition; Unknown where there is none. */
export function readyStatus(node: Node): ReadyStatus {
  const status = conditionOf(node, 'Ready')?.status;
  return status === 'True' || status === 'False' ? status : 'Unknown';
}

/** RFC 3339 with seconds, as API timestamps. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
