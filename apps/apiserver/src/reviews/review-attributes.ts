import {
  type FieldRequirement,
  parseFieldSelector,
  parseLabelSelector,
  type SubjectAccessReview,
  selectorOf,
} from '@hawser/api';
import type { Identity } from '@hawser/authn';
import type { Attributes } from '@hawser/authz';

type Spec = Pick<SubjectAccessReview['spec'], 'resourceAttributes' | 'nonResourceAttributes'>;
type ResourceAttributes = NonNullable<Spec['resourceAttributes']>;
type FieldSelector = ResourceAttributes['fieldSelector'];
type LabelSelector = ResourceAttributes['labelSelector'];

/** What was understood of a selector, and whether something was not. */
interface Understood {
  readonly requirements: readonly unknown[];
  readonly incomplete: boolean;
}

const NOTHING = { requirements: [], incomplete: false };

/**
 * What a review asks the authorizers, and what of it could not be understood. A requirement that is left out makes the
 * question wider, so that the answer is never too generous (kubernetes/pkg/registry/authorization/util).
 */
export function reviewAttributes(
  { resourceAttributes, nonResourceAttributes }: Spec,
  identity: Identity,
): { attributes: Attributes; evaluationError: string } {
  const none = { apiGroup: '', resource: '', subresource: '', namespace: '', name: '' };
  if (resourceAttributes === undefined) {
    const { verb = '', path = '' } = nonResourceAttributes ?? {};
    return { attributes: { identity, resourceRequest: false, verb, path, ...none }, evaluationError: '' };
  }
  const {
    verb = '',
    group = '',
    resource = '',
    subresource = '',
    namespace = '',
    name = '',
  } = resourceAttributes;
  const fields = fieldRequirements(resourceAttributes.fieldSelector);
  const labels = labelRequirements(resourceAttributes.labelSelector);
  return {
    attributes: {
      ...{ identity, resourceRequest: true, verb, path: '' },
      ...{ apiGroup: group, resource, subresource, namespace, name },
      ...(fields.requirements.length === 0 ? {} : { fieldSelector: fields.requirements }),
    },
    evaluationError: [...fault('fieldSelector', fields), ...fault('labelSelector', labels)].join('; '),
  };
}

function fault(selector: string, { requirements, incomplete }: Understood): string[] {
  if (!incomplete) return [];
  const how = requirements.length > 0 ? 'partially ignored' : 'ignored';
  return [`spec.resourceAttributes.${selector} ${how} due to parse error`];
}

function fieldRequirements(
  selector: FieldSelector,
): Understood & { requirements: readonly FieldRequirement[] } {
  const { rawSelector = '', requirements = [] } = selector ?? {};
  if (requirements.length === 0)
    return attempt(() => (rawSelector === '' ? [] : parseFieldSelector(rawSelector)));
  const usable = requirements.filter(
    ({ operator, values = [] }) => (operator === 'In' || operator === 'NotIn') && values.length === 1,
  );
  return {
    requirements: usable.map(({ key, operator, values = [] }) => ({
      field: key,
      equal: operator === 'In',
      value: values[0]!,
    })),
    incomplete: usable.length < requirements.length,
  };
}

/** No authorizer here looks at labels; what is wrong with them is told all the same. */
function labelRequirements(selector: LabelSelector): Understood {
  const { rawSelector = '', requirements = [] } = selector ?? {};
  if (requirements.length === 0)
    return attempt(() => (rawSelector === '' ? [] : parseLabelSelector(rawSelector)));
  const usable = requirements.filter(
    (requirement) => !attempt(() => selectorOf({ matchExpressions: [requirement] })).incomplete,
  );
  return { requirements: usable, incomplete: usable.length < requirements.length };
}

/** Nothing of a selector that cannot be parsed is used. */
function attempt<T>(parse: () => readonly T[]): { requirements: readonly T[]; incomplete: boolean } {
  try {
    return { requirements: parse(), incomplete: false };
  } catch {
    return { ...NOTHING, incomplete: true };
  }
}
