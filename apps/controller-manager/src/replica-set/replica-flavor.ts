import {
  type LabelSelector,
  type PodTemplateSpec,
  type ReplicaSetStatus,
  replicaSets,
  replicationControllers,
  type Selector,
  SelectorError,
  selectorOf,
} from '@hawser/api';
import type { Named, Resource } from '@hawser/client';

/** What ReplicaSets and ReplicationControllers have in common, as the loop over both sees it. */
export interface ReplicaOwner extends Named {
  apiVersion: string;
  kind: string;
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    selector?: LabelSelector | Record<string, string>;
    template?: PodTemplateSpec;
  };
  status?: ReplicaSetStatus;
}

/** Where the two kinds differ. */
export interface ReplicaFlavor {
  readonly name: string;
  readonly kind: Resource;
  /** What the owner selects; undefined where that cannot be told. */
  readonly selectorOf: (owner: ReplicaOwner) => Selector | undefined;
  /** Whether the status says how many pods are on their way out. */
  readonly countsTerminating: boolean;
}

export const REPLICA_SETS: ReplicaFlavor = {
  name: 'replicaset-controller',
  kind: replicaSets,
  selectorOf: ({ spec }) => readSelector(spec.selector as LabelSelector | undefined),
  countsTerminating: true,
};

export const REPLICATION_CONTROLLERS: ReplicaFlavor = {
  name: 'replicationcontroller-controller',
  kind: replicationControllers,
  selectorOf: ({ spec }) => readSelector({ matchLabels: spec.selector as Record<string, string> }),
  countsTerminating: false,
};

/** A selector that selects everything, or cannot be read, selects nothing here: it would take what is not its own. */
export function readSelector(selector: LabelSelector | undefined): Selector | undefined {
  if (selector === undefined) return undefined;
  try {
    const read = selectorOf(selector);
    return read.length === 0 ? undefined : read;
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}
