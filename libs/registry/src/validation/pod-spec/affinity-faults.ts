import { type FieldError, forbiddenField, invalidValue, type LabelSelector, required } from '@hawser/api';
import { labelSelectorFaults } from '../../strategies/label-selector-faults.ts';
import { dnsLabelFault, dnsSubdomainFault, labelValueFault, qualifiedNameFault } from '../names.ts';
import { textFaults } from '../value-faults.ts';
import type { Affinity, NodeSelector, NodeSelectorTerm, PodAffinity, PodAffinityTerm } from './pod-types.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Faults of what decides on a pod's place (validateAffinity). */
export function affinityFaults(at: string, affinity: Affinity | undefined): FieldError[] {
  if (affinity === undefined) return [];
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  return [
    ...(nodeAffinity?.[REQUIRED]
      ? nodeSelectorFaults(`${at}.nodeAffinity.${REQUIRED}`, nodeAffinity[REQUIRED])
      : []),
    ...(nodeAffinity?.[PREFERRED] ?? []).flatMap(({ weight, preference }, i) => {
      const path = `${at}.nodeAffinity.${PREFERRED}[${i}]`;
      // The values of a mere preference are not looked at: where nothing matches, nothing is lost.
      return [...weightFaults(path, weight), ...termFaults(`${path}.preference`, preference, false)];
    }),
    ...podAffinityFaults(`${at}.podAffinity`, podAffinity),
    ...podAffinityFaults(`${at}.podAntiAffinity`, podAntiAffinity),
  ];
}

function weightFaults(at: string, weight = 0): FieldError[] {
  return weight > 0 && weight <= 100
    ? []
    : [invalidValue(`${at}.weight`, weight, 'must be in the range 1-100')];
}

/** Faults of a selector of nodes (ValidateNodeSelector). */
export function nodeSelectorFaults(
  at: string,
  { nodeSelectorTerms = [] }: Partial<NodeSelector>,
): FieldError[] {
  const terms = `${at}.nodeSelectorTerms`;
  if (nodeSelectorTerms.length === 0) return [required(terms, 'must have at least one node selector term')];
  return nodeSelectorTerms.flatMap((term, i) => termFaults(`${terms}[${i}]`, term, true));
}

function termFaults(at: string, term: NodeSelectorTerm = {}, checkValues: boolean): FieldError[] {
  const { matchExpressions = [], matchFields = [] } = term;
  return [
    ...matchExpressions.flatMap((one, i) =>
      expressionFaults(`${at}.matchExpressions[${i}]`, one, checkValues),
    ),
    ...matchFields.flatMap((one, i) => fieldFaults(`${at}.matchFields[${i}]`, one)),
  ];
}

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

function expressionFaults(
  at: string,
  { key = '', operator = '', values = [] }: Requirement,
  checkValues: boolean,
): FieldError[] {
  return [
    ...operatorFaults(at, operator, values.length),
    ...textFaults(`${at}.key`, key, qualifiedNameFault),
    ...(checkValues
      ? values.flatMap((value, i) => textFaults(`${at}.values[${i}]`, value, labelValueFault))
      : []),
  ];
}

function operatorFaults(at: string, operator: string, count: number): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return count > 0
        ? []
        : [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return count === 0
        ? []
        : [
            forbiddenField(
              `${at}.values`,
              "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            ),
          ];
    case 'Gt':
    case 'Lt':
      return count === 1
        ? []
        : [required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalidValue(`${at}.operator`, operator, 'not a valid selector operator')];
  }
}

/** Of a node's fields only its name can be asked for. */
function fieldFaults(at: string, { key = '', operator = '', values = [] }: Requirement): FieldError[] {
  const faults: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn')
    faults.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'));
  else if (values.length !== 1)
    faults.push(
      required(
        `${at}.values`,
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      ),
    );
  if (key !== 'metadata.name')
    return [...faults, invalidValue(`${at}.key`, key, 'not a valid field selector key')];
  return [
    ...faults,
    ...values.flatMap((value, i) => textFaults(`${at}.values[${i}]`, value, dnsSubdomainFault)),
  ];
}

function podAffinityFaults(at: string, affinity: PodAffinity | undefined): FieldError[] {
  return [
    ...(affinity?.[REQUIRED] ?? []).flatMap((term, i) => podTermFaults(`${at}.${REQUIRED}[${i}]`, term)),
    ...(affinity?.[PREFERRED] ?? []).flatMap(({ weight, podAffinityTerm }, i) => {
      const path = `${at}.${PREFERRED}[${i}]`;
      return [
        ...weightFaults(path, weight),
        ...podTermFaults(`${path}.podAffinityTerm`, podAffinityTerm ?? {}),
      ];
    }),
  ];
}

function podTermFaults(at: string, term: Partial<PodAffinityTerm>): FieldError[] {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey = '' } = term;
  return [
    ...(labelSelector ? labelSelectorFaults(`${at}.labelSelector`, labelSelector) : []),
    ...(namespaceSelector ? labelSelectorFaults(`${at}.namespaceSelector`, namespaceSelector) : []),
    ...namespaces.flatMap((name) => textFaults(`${at}.namespace`, name, dnsLabelFault)),
    ...labelKeyFaults(at, term),
    ...(topologyKey === '' ? [required(`${at}.topologyKey`, 'can not be empty')] : []),
    ...textFaults(`${at}.topologyKey`, topologyKey, qualifiedNameFault),
  ];
}

/** Faults of the label keys that are taken from the pod itself (validateMatchLabelKeysAndMismatchLabelKeys). */
function labelKeyFaults(
  at: string,
  { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector }: Partial<PodAffinityTerm>,
): FieldError[] {
  const faults = [
    ...keysFaults(`${at}.matchLabelKeys`, matchLabelKeys, labelSelector),
    ...keysFaults(`${at}.mismatchLabelKeys`, mismatchLabelKeys, labelSelector),
  ];
  const others = new Set(mismatchLabelKeys);
  matchLabelKeys.forEach((key, i) => {
    if (others.has(key))
      faults.push(
        invalidValue(
          `${at}.matchLabelKeys[${i}]`,
          key,
          'exists in both matchLabelKeys and mismatchLabelKeys',
        ),
      );
  });
  return faults;
}

function keysFaults(at: string, keys: readonly string[], selector: LabelSelector | undefined): FieldError[] {
  if (keys.length === 0) return [];
  if (selector === undefined)
    return [forbiddenField(at, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, i) => textFaults(`${at}[${i}]`, key, qualifiedNameFault));
}
