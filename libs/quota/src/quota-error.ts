/** A write does not fit into a quota; the message is upstream's. */
export class QuotaError extends Error {
  override name = 'QuotaError';
}
