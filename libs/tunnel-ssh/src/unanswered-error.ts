/** A node said nothing at all, for so long that a request waited for it in vain. */
export class UnansweredError extends Error {
  override name = 'UnansweredError';
}
