/** A patch that cannot be carried out as it is written. */
export class PatchError extends Error {
  override name = 'PatchError';
}
