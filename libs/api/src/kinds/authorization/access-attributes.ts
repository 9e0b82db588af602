import { type Infer, list, message, one } from '../../schema/fields.ts';
import { FieldSelectorRequirement } from '../meta/field-selector.ts';
import { LabelSelectorRequirement } from '../meta/label-selector.ts';

export const FieldSelectorAttributes = message(
  'io.k8s.api.authorization.v1.FieldSelectorAttributes',
  'The field selector of a request, for authorization.',
  {
    rawSelector: one('string', 1, 'The selector as it was sent; excludes requirements.'),
    requirements: list(FieldSelectorRequirement, 2, 'The selector taken apart.'),
  },
);
export interface FieldSelectorAttributes extends Infer<typeof FieldSelectorAttributes> {}

export const LabelSelectorAttributes = message(
  'io.k8s.api.authorization.v1.LabelSelectorAttributes',
  'The label selector of a request, for authorization.',
  {
    rawSelector: one('string', 1, 'The selector as it was sent; excludes requirements.'),
    requirements: list(LabelSelectorRequirement, 2, 'The selector taken apart.'),
  },
);
export interface LabelSelectorAttributes extends Infer<typeof LabelSelectorAttributes> {}

export const ResourceAttributes = message(
  'io.k8s.api.authorization.v1.ResourceAttributes',
  'A request for resources.',
  {
    namespace: one('string', 1, 'Namespace; empty for all, or for cluster-wide kinds.'),
    verb: one('string', 2, 'What is done, such as get; `*` for everything.'),
    group: one('string', 3, 'Group of the resource; `*` for all.'),
    version: one('string', 4, 'Version of the resource; `*` for all.'),
    resource: one('string', 5, 'The resource, such as pods; `*` for all.'),
    subresource: one('string', 6, 'The subresource, if one is meant.'),
    name: one('string', 7, 'Name of the object; empty for all.'),
    fieldSelector: one(FieldSelectorAttributes, 8, 'Limits the request to some objects, by field.'),
    labelSelector: one(LabelSelectorAttributes, 9, 'Limits the request to some objects, by label.'),
  },
);
export interface ResourceAttributes extends Infer<typeof ResourceAttributes> {}

export const NonResourceAttributes = message(
  'io.k8s.api.authorization.v1.NonResourceAttributes',
  'A request for a path outside the API.',
  {
    path: one('string', 1, 'The path.'),
    verb: one('string', 2, 'The HTTP method, in lower case.'),
  },
);
export interface NonResourceAttributes extends Infer<typeof NonResourceAttributes> {}
