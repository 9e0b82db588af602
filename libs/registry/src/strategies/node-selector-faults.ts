import {
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  type VolumeNodeAffinity,
} from '@hawser/api';
import { qualifiedNameFault } from '../validation/names.ts';

type NodeSelector = NonNullable<VolumeNodeAffinity['required']>;
type Requirement = NonNullable<NodeSelector['nodeSelectorTerms'][number]['matchExpressions']>[number];

/** Faults of a node selector (core/validation `ValidateNodeSelector`); operators are the schema's affair. */
export function nodeSelectorFaults(at: string, { nodeSelectorTerms }: NodeSelector): FieldError[] {
  if (!nodeSelectorTerms?.length)
    return [required(`${at}.nodeSelectorTerms`, 'must have at least one node selector term')];
  return nodeSelectorTerms.flatMap(({ matchExpressions = [] }, i) =>
    matchExpressions.flatMap((requirement, j) =>
      requirementFaults(`${at}.nodeSelectorTerms[${i}].matchExpressions[${j}]`, requirement),
    ),
  );
}

function requirementFaults(at: string, { key, operator, values = [] }: Requirement): FieldError[] {
  const faults = valueFaults(`${at}.values`, operator, values.length);
  const fault = key ? qualifiedNameFault(key) : undefined;
  return fault === undefined ? faults : [...faults, invalidValue(`${at}.key`, key, fault)];
}

function valueFaults(at: string, operator: string, count: number): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return count > 0 ? [] : [required(at, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return count === 0
        ? []
        : [forbiddenField(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case 'Gt':
    case 'Lt':
      return count === 1
        ? []
        : [required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [];
  }
}
