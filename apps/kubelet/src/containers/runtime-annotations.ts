/** What the kubelet writes on containers for itself to read after a restart. */
export const RuntimeAnnotation = {
  terminationMessageFile: 'hawser.dev/termination-message-file',
  /** Of the pod, in seconds; for pods that the API server has forgotten. */
  gracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
} as const;
