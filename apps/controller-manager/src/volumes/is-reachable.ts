import type { Node, PersistentVolume } from '@hawser/api';
import { matchesTerm } from '../scheduler/match-node-selector.ts';

/** Whether a volume can be mounted on a node: everywhere, where it does not say (component-helpers/storage/volume). */
export function isReachable({ spec }: PersistentVolume, node: Node): boolean {
  const required = spec?.nodeAffinity?.required;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}
