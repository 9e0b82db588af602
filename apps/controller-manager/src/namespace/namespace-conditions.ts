import type { NamespaceCondition } from '@hawser/api';
import { timestamp } from '../node-lifecycle/node-condition.ts';

/** What an attempt to empty a namespace found. */
export interface ContentReport {
  /** Discovery's failures, if it failed. */
  readonly discoveryFailure?: string;
  /** Errors of deletions. */
  readonly failures: readonly string[];
  /** How many objects are left, by `resource.group`. */
  readonly remaining: ReadonlyMap<string, number>;
  /** How many of them each finalizer holds back. */
  readonly finalizers: ReadonlyMap<string, number>;
}

interface Statement {
  readonly type: string;
  readonly holds: boolean;
  readonly yes: readonly [reason: string, message: string];
  readonly no: readonly [reason: string, message: string];
}

/**
 * The conditions that tell what keeps a namespace from going, with upstream's types, reasons and messages
 * (`pkg/controller/namespace/deletion/status_condition_utils.go`). A condition's time moves only with its status.
 */
export function namespaceConditions(
  report: ContentReport,
  previous: readonly NamespaceCondition[],
  now: Date,
): NamespaceCondition[] {
  const stated = statements(report).map(({ type, holds, yes, no }): NamespaceCondition => {
    const [reason, message] = holds ? yes : no;
    const status = holds ? 'True' : 'False';
    const old = previous.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : timestamp(now);
    return { type, status, lastTransitionTime, reason, message };
  });
  const types = new Set(stated.map(({ type }) => type));
  return [...previous.filter(({ type }) => !types.has(type)), ...stated];
}

function statements({ discoveryFailure, failures, remaining, finalizers }: ContentReport): Statement[] {
  const list = (counts: ReadonlyMap<string, number>, phrase: (name: string, count: number) => string) =>
    [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) => phrase(name, count));
  const resources = list(remaining, (name, count) => `${name} has ${count} resource instances`).join(', ');
  const holders = list(finalizers, (name, count) => `${name} in ${count} resource instances`).join(', ');
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      holds: discoveryFailure !== undefined,
      yes: ['DiscoveryFailed', `Discovery failed for some groups, 1 failing: ${discoveryFailure}`],
      no: ['ResourcesDiscovered', 'All resources successfully discovered'],
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      holds: false,
      yes: ['GroupVersionParsingFailed', ''],
      no: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    },
    {
      type: 'NamespaceDeletionContentFailure',
      holds: failures.length > 0,
      yes: [
        'ContentDeletionFailed',
        `Failed to delete all resource types, ${failures.length} remaining: ${failures.toSorted().join(', ')}`,
      ],
      no: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    },
    {
      type: 'NamespaceContentRemaining',
      holds: remaining.size > 0,
      yes: ['SomeResourcesRemain', `Some resources are remaining: ${resources}`],
      no: ['ContentRemoved', 'All content successfully removed'],
    },
    {
      type: 'NamespaceFinalizersRemaining',
      holds: finalizers.size > 0,
      yes: ['SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${holders}`],
      no: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    },
  ];
}
