import { createHmac } from 'node:crypto';

/** Tells keys apart that have the same name. A MAC under the key itself: nothing of the key can be learnt from it. */
export function keyFingerprint(secret: Buffer): string {
  return createHmac('sha256', secret).update('hawser.dev/encryption-key').digest('hex').slice(0, 16);
}
