/** A body that cannot be the kind it says: the message is Go's, since that is what clients are used to. */
export class DecodeError extends Error {
  override name = 'DecodeError';
}
