/** A header block that is no HPACK, or asks for more than is allowed: the connection's state is lost with it. */
export class HpackError extends Error {
  override name = 'HpackError';
}
