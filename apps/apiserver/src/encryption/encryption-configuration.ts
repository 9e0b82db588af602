import { type Infer, list, message, one } from '@hawser/api';

/**
 * EncryptionConfiguration of apiserver.config.k8s.io/v1 (apiserver/pkg/apis/apiserver/v1/types_encryption.go). A file
 * and never an object: the numbers are only its order.
 */

const Key = message('apiserver.config.k8s.io.Key', 'A key of a provider.', {
  name: one('string', 1, 'Stands in front of every value that it wrote.'),
  secret: one('string', 2, 'The key itself, in base64.'),
});

const Keys = message('apiserver.config.k8s.io.Keys', 'The keys of a provider: the first writes, all read.', {
  keys: list(Key, 1, ''),
});

const Identity = message('apiserver.config.k8s.io.IdentityConfiguration', 'Values as they are.', {});

const Kms = message(
  'apiserver.config.k8s.io.KMSConfiguration',
  'A key server; there is no support for any.',
  {
    apiVersion: one('string', 1, ''),
    name: one('string', 2, ''),
    cachesize: one('int32', 3, ''),
    endpoint: one('string', 4, ''),
    timeout: one('string', 5, ''),
  },
);

const Provider = message('apiserver.config.k8s.io.ProviderConfiguration', 'One of them.', {
  aesgcm: one(Keys, 1, ''),
  aescbc: one(Keys, 2, ''),
  secretbox: one(Keys, 3, ''),
  identity: one(Identity, 4, ''),
  kms: one(Kms, 5, ''),
});

const Resource = message('apiserver.config.k8s.io.ResourceConfiguration', 'How some resources are stored.', {
  resources: list('string', 1, 'Such as secrets, deployments.apps, *.apps, *. or *.*'),
  providers: list(Provider, 2, 'The first writes, all read.'),
});

export const EncryptionConfigurationSchema = message(
  'apiserver.config.k8s.io.EncryptionConfiguration',
  'How resources are stored.',
  { resources: list(Resource, 1, '') },
);

export type EncryptionConfiguration = Infer<typeof EncryptionConfigurationSchema>;
export type ResourceConfiguration = Infer<typeof Resource>;
export type ProviderConfiguration = Infer<typeof Provider>;
export type KeyConfiguration = Infer<typeof Key>;

export const ENCRYPTION_CONFIGURATION = {
  kind: 'EncryptionConfiguration',
  apiVersions: ['apiserver.config.k8s.io/v1'],
  schema: EncryptionConfigurationSchema,
};
