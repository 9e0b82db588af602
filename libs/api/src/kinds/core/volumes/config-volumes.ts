import { type Infer, inline, list, message, one } from '../../../schema/fields.ts';
import { LocalObjectReference } from '../object-reference.ts';
import { KeyToPath } from './key-to-path.ts';

export const ConfigMapVolumeSource = message(
  'io.k8s.api.core.v1.ConfigMapVolumeSource',
  'The values of a ConfigMap, each in a file.',
  {
    localObjectReference: inline(LocalObjectReference, 1),
    items: list(KeyToPath, 2, 'Which keys go where; without it every key becomes a file of its name.'),
    defaultMode: one('int32', 3, 'Permission bits of files that name none.', {
      keepsZero: true,
      default: 420,
    }),
    optional: one('bool', 4, 'Whether the ConfigMap, or keys of it, may be missing.', { keepsZero: true }),
  },
);
export interface ConfigMapVolumeSource extends Infer<typeof ConfigMapVolumeSource> {}

export const SecretVolumeSource = message(
  'io.k8s.api.core.v1.SecretVolumeSource',
  'The values of a Secret, each in a file.',
  {
    secretName: one('string', 1, "The Secret, in the pod's namespace."),
    items: list(KeyToPath, 2, 'Which keys go where; without it every key becomes a file of its name.'),
    defaultMode: one('int32', 3, 'Permission bits of files that name none.', {
      keepsZero: true,
      default: 420,
    }),
    optional: one('bool', 4, 'Whether the Secret, or keys of it, may be missing.', { keepsZero: true }),
  },
);
export interface SecretVolumeSource extends Infer<typeof SecretVolumeSource> {}
