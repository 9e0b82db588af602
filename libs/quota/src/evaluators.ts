import { claimEvaluator } from './claim-evaluator.ts';
import { countEvaluator, type Evaluator } from './evaluator.ts';
import { podEvaluator } from './pod-evaluator.ts';
import { serviceEvaluator } from './service-evaluator.ts';

const SPECIAL: readonly Evaluator[] = [podEvaluator, serviceEvaluator, claimEvaluator];

/** Resources that no quota counts: of events there are many, and they go by themselves. */
const IGNORED = new Set(['events', 'events.events.k8s.io']);

/** Who knows what objects of a resource use; undefined where no quota counts them. */
export function evaluatorFor(group: string, plural: string): Evaluator | undefined {
  if (IGNORED.has(group === '' ? plural : `${plural}.${group}`)) return undefined;
  const special = group === '' ? SPECIAL.find((evaluator) => evaluator.plural === plural) : undefined;
  return special ?? countEvaluator(group, plural);
}
