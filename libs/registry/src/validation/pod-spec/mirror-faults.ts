import { type FieldError, forbiddenField, type ObjectMeta } from '@hawser/api';

const MIRROR = 'kubernetes.io/config.mirror';

/**
 * A pod that its node made to show what it runs by itself stays one, and no other becomes one; by way of its status
 * neither (ValidatePodSpecificAnnotationUpdates).
 */
export function mirrorFaults(
  { annotations: now = {} }: ObjectMeta,
  { annotations = {} }: ObjectMeta,
): FieldError[] {
  if (now[MIRROR] === annotations[MIRROR]) return [];
  const what = annotations[MIRROR] === undefined ? 'add' : 'remove or update';
  return [forbiddenField(`metadata.annotations[${MIRROR}]`, `may not ${what} mirror pod annotation`)];
}
