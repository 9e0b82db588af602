import { type Infer, message, one } from '../../../schema/fields.ts';

export const KeyToPath = message(
  'io.k8s.api.core.v1.KeyToPath',
  'Puts one key of a ConfigMap or Secret into a file.',
  {
    key: one('string', 1, 'The key whose value is wanted.', { required: true }),
    path: one('string', 2, 'File to write it to, relative to the volume.', { required: true }),
    mode: one('int32', 3, "Permission bits of the file, in place of the volume's.", { keepsZero: true }),
  },
);
export interface KeyToPath extends Infer<typeof KeyToPath> {}
