import { type Infer, inline, message, one } from '../../../schema/fields.ts';
import { LocalObjectReference } from '../object-reference.ts';
import { ObjectFieldSelector, ResourceFieldSelector } from '../volumes/downward-api.ts';

export const ConfigMapKeySelector = message(
  'io.k8s.api.core.v1.ConfigMapKeySelector',
  'Picks one value of a ConfigMap.',
  {
    localObjectReference: inline(LocalObjectReference, 1),
    key: one('string', 2, 'The key of the value.', { required: true }),
    optional: one('bool', 3, 'Whether the ConfigMap or the key may be missing.', { keepsZero: true }),
  },
  { atomic: true },
);
export interface ConfigMapKeySelector extends Infer<typeof ConfigMapKeySelector> {}

export const SecretKeySelector = message(
  'io.k8s.api.core.v1.SecretKeySelector',
  'Picks one value of a Secret.',
  {
    localObjectReference: inline(LocalObjectReference, 1),
    key: one('string', 2, 'The key of the value.', { required: true }),
    optional: one('bool', 3, 'Whether the Secret or the key may be missing.', { keepsZero: true }),
  },
  { atomic: true },
);
export interface SecretKeySelector extends Infer<typeof SecretKeySelector> {}

export const FileKeySelector = message(
  'io.k8s.api.core.v1.FileKeySelector',
  'Picks one value of a file of variables.',
  {
    volumeName: one('string', 1, 'The emptyDir volume that holds the file.', { required: true }),
    path: one('string', 2, 'Path of the file in the volume.', { required: true }),
    key: one('string', 3, "The variable's name in the file.", { required: true }),
    optional: one('bool', 4, 'Whether the file or the key may be missing.', {
      keepsZero: true,
      default: false,
    }),
  },
  { atomic: true },
);
export interface FileKeySelector extends Infer<typeof FileKeySelector> {}

export const EnvVarSource = message(
  'io.k8s.api.core.v1.EnvVarSource',
  "Where a variable's value comes from; exactly one field is set.",
  {
    fieldRef: one(ObjectFieldSelector, 1, 'A field of the pod.'),
    resourceFieldRef: one(ResourceFieldSelector, 2, 'A request or limit of a container.'),
    configMapKeyRef: one(ConfigMapKeySelector, 3, 'A value of a ConfigMap.'),
    secretKeyRef: one(SecretKeySelector, 4, 'A value of a Secret.'),
    fileKeyRef: one(FileKeySelector, 5, 'A value in a file of an emptyDir volume.'),
  },
);
export interface EnvVarSource extends Infer<typeof EnvVarSource> {}

export const EnvVar = message('io.k8s.api.core.v1.EnvVar', "A variable in a container's environment.", {
  name: one('string', 1, 'Name of the variable.', { required: true }),
  value: one('string', 2, 'Its value, in which $(NAME) stands for variables set before.'),
  valueFrom: one(EnvVarSource, 3, 'Where else the value comes from.'),
});
export interface EnvVar extends Infer<typeof EnvVar> {}

export const ConfigMapEnvSource = message(
  'io.k8s.api.core.v1.ConfigMapEnvSource',
  'A ConfigMap whose entries become variables.',
  {
    localObjectReference: inline(LocalObjectReference, 1),
    optional: one('bool', 2, 'Whether the ConfigMap may be missing.', { keepsZero: true }),
  },
);
export interface ConfigMapEnvSource extends Infer<typeof ConfigMapEnvSource> {}

export const SecretEnvSource = message(
  'io.k8s.api.core.v1.SecretEnvSource',
  'A Secret whose entries become variables.',
  {
    localObjectReference: inline(LocalObjectReference, 1),
    optional: one('bool', 2, 'Whether the Secret may be missing.', { keepsZero: true }),
  },
);
export interface SecretEnvSource extends Infer<typeof SecretEnvSource> {}

export const EnvFromSource = message(
  'io.k8s.api.core.v1.EnvFromSource',
  'Variables taken wholesale from a ConfigMap or Secret.',
  {
    prefix: one('string', 1, "Put before each variable's name."),
    configMapRef: one(ConfigMapEnvSource, 2, 'The ConfigMap.'),
    secretRef: one(SecretEnvSource, 3, 'The Secret.'),
  },
);
export interface EnvFromSource extends Infer<typeof EnvFromSource> {}
