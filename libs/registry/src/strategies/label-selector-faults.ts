import { type FieldError, forbiddenField, invalidValue, type LabelSelector, required } from '@hawser/api';
import { labelValueFault, qualifiedNameFault } from '../validation/names.ts';

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/** Faults of a label selector (apimachinery/pkg/apis/meta/v1/validation, ValidateLabelSelector). */
export function labelSelectorFaults(at: string, selector: LabelSelector): FieldError[] {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const labels = Object.entries(matchLabels).flatMap(([key, value]) => [
    ...faultOf(`${at}.matchLabels`, key, qualifiedNameFault(key)),
    ...faultOf(`${at}.matchLabels`, value, labelValueFault(value)),
  ]);
  return [
    ...labels,
    ...matchExpressions.flatMap((one, i) => requirementFaults(`${at}.matchExpressions[${i}]`, one)),
  ];
}

function requirementFaults(at: string, { key = '', operator = '', values = [] }: Requirement): FieldError[] {
  return [
    ...operatorFaults(at, operator, values),
    ...faultOf(`${at}.key`, key, qualifiedNameFault(key)),
    ...values.flatMap((value, i) => faultOf(`${at}.values[${i}]`, value, labelValueFault(value))),
  ];
}

function operatorFaults(at: string, operator: string, values: readonly string[]): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
        ? []
        : [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
        ? []
        : [
            forbiddenField(
              `${at}.values`,
              "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            ),
          ];
    default:
      return [invalidValue(`${at}.operator`, operator, 'not a valid selector operator')];
  }
}

function faultOf(at: string, value: string, fault: string | undefined): FieldError[] {
  return fault === undefined ? [] : [invalidValue(at, value, fault)];
}
