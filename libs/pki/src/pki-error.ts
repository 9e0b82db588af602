/**
 * Thrown for anything wrong with keys, certificates, requests or their PEM: malformed input, a signature that
 * does not verify, a key too weak. The message is safe to show to whoever sent the input; it never contains
 * key material. `reason` is the `metav1.Status` reason that fits such input.
 */
export class PkiError extends Error {
  override readonly name = 'PkiError';
  readonly reason = 'Invalid';
}
