/** The Kubernetes version whose API this is: what `/version` and kubelets' `nodeInfo` say. */
export const KUBERNETES_VERSION = 'v1.36.0+hawser.0.1.0';
export const KUBERNETES_MAJOR = '1';
export const KUBERNETES_MINOR = '36';
