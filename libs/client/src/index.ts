export {
  CLUSTER_INFO_KUBECONFIG,
  CLUSTER_INFO_NAME,
  CLUSTER_INFO_NAMESPACE,
  CLUSTER_INFO_SIGNATURE_PREFIX,
  type ClusterInfo,
  formatClusterInfo,
  parseClusterInfo,
} from './cluster-info.ts';
export {
  type CredentialMaterials,
  type CredentialSource,
  type CredentialSurroundings,
  credentialsOf,
  FileCredentials,
  staticCredentials,
  type TlsIdentity,
  type TrustOptions,
} from './credentials.ts';
export { RequestTimeoutError } from './deadline.ts';
export { type DiscoveredResource, type Discovery, discoverResources } from './discovery.ts';
export { EventRecorder, type EventRecorderOptions, type EventSubject, subjectOf } from './event-recorder.ts';
export { HubAddresses } from './hub-addresses.ts';
export { Informer, type InformerHandler, type InformerOptions } from './informer.ts';
export {
  KubeClient,
  type KubeClientOptions,
  type KubeClientTarget,
  type RawOptions,
  type RawResponse,
} from './kube-client.ts';
export {
  buildKubeconfig,
  formatKubeconfig,
  type Kubeconfig,
  KubeconfigError,
  type KubeconfigParts,
  type KubeconfigTarget,
  loadKubeconfig,
  type Material,
  parseKubeconfig,
  resolveContext,
  writeKubeconfig,
} from './kubeconfig.ts';
export { kubeconfigCredentials } from './kubeconfig-credentials.ts';
export { type IndexFunction, ObjectCache } from './object-cache.ts';
export type {
  CreateOptions,
  DeleteCollectionOptions,
  DeleteOptions,
  GetOptions,
  ListOptions,
  ListResult,
  NewObject,
  ObjectOptions,
  PatchOptions,
  SubresourceTarget,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
} from './requests.ts';
export {
  type GenericObject,
  keyOf,
  type Named,
  type ObjectFor,
  type Resource,
  resourcePath,
} from './resource.ts';
export {
  ConnectionError,
  isAlreadyExists,
  isConflict,
  isExpired,
  isNamespaceTerminating,
  isNotFound,
  type Status,
  StatusError,
} from './status-error.ts';
export { WatchIdleError } from './watch.ts';
