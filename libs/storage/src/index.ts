export {
  type Change,
  type CommitResult,
  CompactedError,
  type ListOptions,
  type ListResult,
  type OutboxRecord,
  type Store,
  type StoredValue,
  type Write,
} from './store.ts';
