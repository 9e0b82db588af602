import {
  type FieldError,
  invalid,
  invalidValue,
  type Kind,
  localSubjectAccessReviews,
  type SelfSubjectAccessReview,
  type SubjectAccessReview,
  selfSubjectAccessReviews,
  subjectAccessReviews,
  type TypeMeta,
} from '@hawser/api';
import type { Identity } from '@hawser/authn';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from '../resources/read-object.ts';
import { renderObject } from '../resources/render.ts';
import { reviewAttributes } from './review-attributes.ts';
import { selectorFaults } from './selector-faults.ts';

type Spec = SubjectAccessReview['spec'];

/** Says whether somebody may do something. */
export async function handleSubjectAccessReview(hub: Hub, context: RequestContext): Promise<Answer> {
  const review = await read<SubjectAccessReview>(context, subjectAccessReviews, subjectFaults);
  const { user = '', uid, groups = [], extra = {} } = review.spec;
  const identity: Identity = { name: user, groups, extra, ...(uid === undefined ? {} : { uid }) };
  return answer(hub, context, review, identity);
}

/** As the above, for questions about one namespace, asked in that namespace. */
export async function handleLocalSubjectAccessReview(hub: Hub, context: RequestContext): Promise<Answer> {
  const { namespace } = context.info;
  const review = await read<SubjectAccessReview>(context, localSubjectAccessReviews, (spec) => [
    ...subjectFaults(spec),
    ...localFaults(spec, namespace),
  ]);
  const { user = '', uid, groups = [], extra = {} } = review.spec;
  return answer(hub, context, review, { name: user, groups, extra, ...(uid === undefined ? {} : { uid }) });
}

/** Says whether the requestor may do something: `kubectl auth can-i`. */
export async function handleSelfSubjectAccessReview(hub: Hub, context: RequestContext): Promise<Answer> {
  const review = await read<SelfSubjectAccessReview>(context, selfSubjectAccessReviews);
  return answer(hub, context, review, context.identity);
}

async function read<T extends { spec?: Partial<Spec>; metadata?: object }>(
  context: RequestContext,
  kind: Kind,
  moreFaults: (spec: Partial<Spec>) => FieldError[] = () => [],
): Promise<T> {
  const review = (await readObject(context, kind)) as unknown as T;
  const spec = review.spec ?? {};
  const faults = [...attributesFaults(spec), ...moreFaults(spec), ...metadataFaults(kind, review.metadata)];
  if (faults.length > 0) throw invalid(kind, '', faults);
  return review;
}

/** Nothing is stored of a review, and so it has no name. */
function metadataFaults(kind: Kind, metadata: object = {}): FieldError[] {
  const {
    managedFields: _fields,
    namespace,
    ...rest
  } = metadata as { managedFields?: unknown; namespace?: unknown };
  const given = kind.namespaced ? Object.values(rest) : [...Object.values(rest), namespace];
  if (given.every((value) => value === undefined || value === null || value === '')) return [];
  const why = kind.namespaced ? 'must be empty except for namespace' : 'must be empty';
  return [invalidValue('metadata', metadata, why)];
}

/** Upstream's rules (kubernetes/pkg/apis/authorization/validation). */
function attributesFaults({ resourceAttributes, nonResourceAttributes }: Partial<Spec>): FieldError[] {
  const faults = selectorFaults('spec.resourceAttributes', resourceAttributes);
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined)
    return [
      invalidValue(
        'spec.nonResourceAttributes',
        nonResourceAttributes,
        'cannot be specified in combination with resourceAttributes',
      ),
      ...faults,
    ];
  if (resourceAttributes === undefined && nonResourceAttributes === undefined)
    return [
      invalidValue(
        'spec.resourceAttributes',
        null,
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    ];
  return faults;
}

function subjectFaults({ user = '', groups = [] }: Partial<Spec>): FieldError[] {
  return user === '' && groups.length === 0
    ? [invalidValue('spec.user', user, 'at least one of user or group must be specified')]
    : [];
}

function localFaults(
  { resourceAttributes, nonResourceAttributes }: Partial<Spec>,
  namespace: string,
): FieldError[] {
  if (nonResourceAttributes !== undefined)
    return [
      invalidValue('spec.nonResourceAttributes', nonResourceAttributes, 'disallowed on this kind of request'),
    ];
  if (resourceAttributes === undefined || resourceAttributes.namespace === namespace) return [];
  return [
    invalidValue(
      'spec.resourceAttributes.namespace',
      resourceAttributes.namespace ?? '',
      'must match metadata.namespace',
    ),
  ];
}

function answer(
  hub: Hub,
  context: RequestContext,
  review: TypeMeta & { spec: Pick<Spec, 'resourceAttributes' | 'nonResourceAttributes'> },
  identity: Identity,
): Answer {
  const { attributes, evaluationError } = reviewAttributes(review.spec, identity);
  const { verdict, reason } = hub.authorizer.authorize(attributes);
  const status = {
    allowed: verdict === 'allow',
    ...(verdict === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
    ...(evaluationError === '' ? {} : { evaluationError }),
  };
  return renderObject(context, { ...review, status }, 201);
}
