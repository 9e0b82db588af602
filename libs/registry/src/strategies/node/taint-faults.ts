import { type FieldError, type Node, notSupported, required } from '@hawser/api';
import { labelValueFault, qualifiedNameFault } from '../../validation/names.ts';
import { TAINT_EFFECTS } from '../../validation/pod-spec/placement-faults.ts';
import { textFaults } from '../../validation/value-faults.ts';

type Taints = NonNullable<Node['spec']>['taints'];

/** Faults of the taints of a node (validateNodeTaints). */
export function taintFaults(at: string, taints: Taints = []): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    const path = `${at}[${i}]`;
    const { key = '', value = '', effect } = taint;
    const faults = [
      ...textFaults(`${path}.key`, key, qualifiedNameFault),
      ...textFaults(`${path}.value`, value, labelValueFault),
    ];
    if (!effect) faults.push(required(`${path}.effect`));
    else if (!TAINT_EFFECTS.includes(effect))
      faults.push(notSupported(`${path}.effect`, effect, TAINT_EFFECTS));
    const pair = `${key}\n${effect}`;
    if (seen.has(pair))
      faults.push({
        type: 'FieldValueDuplicate',
        field: path,
        badValue: taint,
        detail: 'taints must be unique by key and effect pair',
      });
    seen.add(pair);
    return faults;
  });
}
