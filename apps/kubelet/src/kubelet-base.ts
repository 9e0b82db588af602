import type { nodes } from '@hawser/api';
import type { Informer, KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import type { KubeletMetrics } from './api/kubelet-metrics.ts';
import type { CertificateStore } from './certificates/certificate-store.ts';
import type { ProcessRuntime } from './container-runtime/process/process-runtime.ts';
import type { Kubenet } from './network/kubenet.ts';
import type { KubeletOptions } from './options.ts';
import type { StateDirectories } from './state-directories.ts';

/** Names the kubelet to the API server. */
export const USER_AGENT = 'hawser-kubelet/0.1.0';

/** What every part of a kubelet is made from. */
export interface KubeletBase {
  readonly options: KubeletOptions;
  readonly logger: Logger;
  readonly directories: StateDirectories;
  readonly runtime: ProcessRuntime;
  readonly clientStore: CertificateStore;
  readonly servingStore: CertificateStore;
  readonly kubenet: Kubenet | undefined;
  readonly client: KubeClient;
  readonly nodeInformer: Informer<typeof nodes>;
  readonly metrics: KubeletMetrics;
  readonly requests: EventTarget;
  readonly signal: AbortSignal;
}
