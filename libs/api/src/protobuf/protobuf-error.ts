/** Bytes that are not the message they should be. The fault is the sender's: a 400. */
export class ProtobufError extends Error {
  override name = 'ProtobufError';
}
