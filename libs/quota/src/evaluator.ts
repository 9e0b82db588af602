import type { ScopedResourceSelectorRequirement } from '@hawser/api';
import { type Amounts, count } from './amounts.ts';

/** Knows what objects of one resource use (apiserver/pkg/quota/v1, Evaluator). */
export interface Evaluator {
  /** The empty string for the core group. */
  readonly group: string;
  readonly plural: string;
  /** Whether such a write may change what is used. */
  handles(operation: 'CREATE' | 'UPDATE' | 'DELETE', subresource: string): boolean;
  /** Whether objects of this resource use what is called so. */
  measures(name: string): boolean;
  /** What an object uses at a moment. */
  usage(object: object, now: Date): Amounts;
  /** Whether an object is in a scope. */
  isInScope(object: object, requirement: ScopedResourceSelectorRequirement): boolean;
  /** What an object must say and does not, in words; undefined where it says all. */
  missing?(object: object, names: readonly string[]): string | undefined;
}

/** `count/plural[.group]`: how many there are, of whatever resource. */
export function countName(group: string, plural: string): string {
  return group === '' ? `count/${plural}` : `count/${plural}.${group}`;
}

/** Core resources that are also counted by their plain names. */
const PLAIN_NAMES = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);

/** Counts objects, as for every resource that nothing else is known of. */
export function countEvaluator(group: string, plural: string): Evaluator {
  const names = new Set([countName(group, plural)]);
  if (group === '' && PLAIN_NAMES.has(plural)) names.add(plural);
  const usage = new Map([...names].map((name) => [name, count(1)]));
  return {
    group,
    plural,
    handles: (operation, subresource) => operation === 'CREATE' && subresource === '',
    measures: (name) => names.has(name),
    usage: () => usage,
    // All scopes speak of pods and claims.
    isInScope: () => false,
  };
}
