export {
  type AdmissionAttributes,
  AdmissionChain,
  type AdmissionPlugin,
  type Operation,
} from './admission.ts';
export type { AnyObject } from './any-object.ts';
export { Cacher, type SealedKind } from './cache/cacher.ts';
export type { CacheEvent, Entry } from './cache/kind-cache.ts';
export { listerOf } from './cache/lister.ts';
export type { ObjectCache } from './cache/object-cache.ts';
export { storedBytes } from './encoding/object-bytes.ts';
export { protobufBytes } from './encoding/protobuf-bytes.ts';
export {
  columnDefinitions,
  type IncludeObject,
  partialMetadata,
  table,
  tableRows,
} from './encoding/table.ts';
export { aesCbc } from './encryption/aes-cbc.ts';
export { aesGcm } from './encryption/aes-gcm.ts';
export { identity, PLAIN } from './encryption/identity.ts';
export type { NamedKey, Provider } from './encryption/provider.ts';
export { labelOf, providerTransformer } from './encryption/provider-transformer.ts';
export { readSealed } from './encryption/read-sealed.ts';
export { secretbox } from './encryption/secretbox.ts';
export { DecryptionError, type Transformer, type TransformerFor } from './encryption/transformer.ts';
export type { BeginWrite, Resource } from './resource.ts';
export { allocationsOf, ServiceAllocator } from './services/service-allocator.ts';
export {
  type AddressRange,
  type PortRange,
  parseAddressRange,
  parsePortRange,
} from './services/service-ranges.ts';
export { csrApprovalFaults } from './strategies/certificates/certificate-signing-request.ts';
export { withTimes as withConditionTimes } from './strategies/certificates/csr-conditions.ts';
export { withDecider } from './strategies/certificates/csr-decider.ts';
export { systemPriorityClasses } from './strategies/priority-class.ts';
export { type StrategySettings, strategyFor } from './strategies/strategy-for.ts';
export type { Strategy } from './strategy.ts';
export { createObject, generateName } from './verbs/create.ts';
export { checkPreconditions, type DeleteOptions, type Deletion, deleteObject } from './verbs/delete.ts';
export { type ListPage, type ListRequest, listObjects } from './verbs/list.ts';
export { parseRevision, tooLarge, type VersionOptions } from './verbs/list-options.ts';
export { parseSelection, type Selection } from './verbs/selection.ts';
export { type UpdateRequest, updateObject } from './verbs/update.ts';
export { type WatchEvent, type WatchRequest, type WatchSink, watchObjects } from './verbs/watch.ts';
export type { WriteContext } from './write-context.ts';
