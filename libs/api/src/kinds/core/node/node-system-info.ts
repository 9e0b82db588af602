import { type Infer, message, one } from '../../../schema/fields.ts';

export const NodeSwapStatus = message('io.k8s.api.core.v1.NodeSwapStatus', 'Swap space of a node.', {
  capacity: one('int64', 1, 'Bytes of swap.', { keepsZero: true }),
});
export interface NodeSwapStatus extends Infer<typeof NodeSwapStatus> {}

export const NodeSystemInfo = message(
  'io.k8s.api.core.v1.NodeSystemInfo',
  'What machine and software a node is.',
  {
    machineID: one('string', 1, 'Machine ID that the system reports.', { required: true }),
    systemUUID: one('string', 2, 'UUID that the firmware reports.', { required: true }),
    bootID: one('string', 3, 'Changes with every boot.', { required: true }),
    kernelVersion: one('string', 4, 'Version of the kernel.', { required: true }),
    osImage: one('string', 5, 'Name of the operating system.', { required: true }),
    containerRuntimeVersion: one('string', 6, 'Container runtime and its version, as `type://version`.', {
      required: true,
    }),
    kubeletVersion: one('string', 7, 'Version of the kubelet.', { required: true }),
    kubeProxyVersion: one('string', 8, 'Deprecated; version of the proxy.', { required: true }),
    operatingSystem: one('string', 9, 'linux or windows.', { required: true }),
    architecture: one('string', 10, "Architecture, in Go's words.", { required: true }),
    swap: one(NodeSwapStatus, 11, 'Its swap space.'),
  },
);
export interface NodeSystemInfo extends Infer<typeof NodeSystemInfo> {}
