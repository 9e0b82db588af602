export { applyDefaults } from './decode/apply-defaults.ts';
export { DecodeError } from './decode/decode-error.ts';
export { decodeObject } from './decode/decode-object.ts';
export { type ConfigMap, configMaps } from './kinds/core/config-map.ts';
export {
  addQuantities,
  canonicalQuantity,
  formatQuantity,
  milliValue,
  parseQuantity,
  type Quantity,
  QuantityError,
  wholeValue,
} from './quantity/quantity.ts';
export {
  type AnyMessage,
  type Field,
  type Fields,
  type Infer,
  inline,
  list,
  type Message,
  map,
  message,
  one,
} from './schema/fields.ts';
export {
  ALL_VERBS,
  type Column,
  type Kind,
  type KindObject,
  kind,
  type ObjectOf,
  type Subresource,
  type TypeMeta,
  type Verb,
} from './schema/kind.ts';
export { type FieldRequirement, parseFieldSelector } from './selectors/field-selector.ts';
export {
  type Labels,
  matchesLabels,
  parseLabelSelector,
  type Selector,
  SelectorError,
  selectorOf,
} from './selectors/label-selector.ts';
export {
  ApiError,
  alreadyExists,
  badRequest,
  conflict,
  expired,
  forbidden,
  type GroupResource,
  internalError,
  invalid,
  methodNotSupported,
  notAcceptable,
  notFound,
  OPTIMISTIC_LOCK_MESSAGE,
  pageNotFound,
  resourceName,
  type StatusCause,
  type StatusDetails,
  statusOf,
  unauthorized,
  unsupportedMediaType,
} from './status/api-error.ts';
export {
  duplicate,
  type FieldError,
  fieldErrorMessage,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from './status/field-error.ts';
export { STATUS_CODES, type StatusReason } from './status/reason.ts';
export { KUBERNETES_MAJOR, KUBERNETES_MINOR, KUBERNETES_VERSION } from './version.ts';
