import { type Infer, inline, list, message, one } from '../../../schema/fields.ts';
import { EnvFromSource, EnvVar } from './env.ts';
import { Lifecycle } from './lifecycle.ts';
import { Probe } from './probe.ts';
import { ResourceRequirements } from './resources.ts';
import { SecurityContext } from './security-context.ts';

export const ContainerPort = message(
  'io.k8s.api.core.v1.ContainerPort',
  'A port that a container listens on; told, not enforced.',
  {
    name: one('string', 1, 'Name by which Services and probes can refer to it.'),
    hostPort: one('int32', 2, 'Port of the node that leads to it.'),
    containerPort: one('int32', 3, 'The port in the pod.', { required: true }),
    protocol: one('string', 4, 'Protocol of the port.', { default: 'TCP', enum: ['TCP', 'UDP', 'SCTP'] }),
    hostIP: one('string', 5, 'Address of the node to bind hostPort to.'),
  },
);
export interface ContainerPort extends Infer<typeof ContainerPort> {}

export const VolumeMount = message('io.k8s.api.core.v1.VolumeMount', 'Mounts a volume into a container.', {
  name: one('string', 1, 'Name of the volume.', { required: true }),
  readOnly: one('bool', 2, 'Mounts it read-only.'),
  recursiveReadOnly: one(
    'string',
    7,
    'Whether mounts below are read-only too: Disabled, IfPossible or Enabled.',
    { keepsZero: true },
  ),
  mountPath: one('string', 3, 'Where in the container.', { required: true }),
  subPath: one('string', 4, 'Path in the volume to mount, in place of its root.'),
  mountPropagation: one('string', 5, 'Whether later mounts show between host and container.', {
    keepsZero: true,
    enum: ['None', 'HostToContainer', 'Bidirectional'],
  }),
  subPathExpr: one('string', 6, 'As subPath, with $(NAME) standing for variables.'),
});
export interface VolumeMount extends Infer<typeof VolumeMount> {}

export const VolumeDevice = message(
  'io.k8s.api.core.v1.VolumeDevice',
  'Gives a container a raw block device.',
  {
    name: one('string', 1, "Name of the claim's volume.", { required: true }),
    devicePath: one('string', 2, 'Path of the device in the container.', { required: true }),
  },
);
export interface VolumeDevice extends Infer<typeof VolumeDevice> {}

export const ContainerResizePolicy = message(
  'io.k8s.api.core.v1.ContainerResizePolicy',
  'What a change of a resource means for a running container.',
  {
    resourceName: one('string', 1, 'cpu or memory.', { required: true }),
    restartPolicy: one('string', 2, 'NotRequired or RestartContainer.', { required: true }),
  },
);
export interface ContainerResizePolicy extends Infer<typeof ContainerResizePolicy> {}

export const ContainerRestartRuleOnExitCodes = message(
  'io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes',
  'A set of exit codes.',
  {
    operator: one('string', 1, 'In or NotIn.'),
    values: list('int32', 2, 'The exit codes.', { listType: 'set' }),
  },
);
export interface ContainerRestartRuleOnExitCodes extends Infer<typeof ContainerRestartRuleOnExitCodes> {}

export const ContainerRestartRule = message(
  'io.k8s.api.core.v1.ContainerRestartRule',
  'What to do when a container exits in a certain way.',
  {
    action: one('string', 1, 'Restart or RestartAllContainers.'),
    exitCodes: one(ContainerRestartRuleOnExitCodes, 2, 'Exit codes for which the rule holds.'),
  },
);
export interface ContainerRestartRule extends Infer<typeof ContainerRestartRule> {}

/** What containers and ephemeral containers have in common. */
const CONTAINER_FIELDS = {
  name: one('string', 1, 'Unique in the pod; a DNS label.', { required: true }),
  image: one('string', 2, 'The image.'),
  command: list('string', 3, "In place of the image's entry point."),
  args: list('string', 4, "In place of the image's arguments."),
  workingDir: one('string', 5, "Directory to start in; the image's if absent."),
  ports: list(ContainerPort, 6, 'Ports that it listens on.', {
    mapKeys: ['containerPort', 'protocol'],
    mergeKey: 'containerPort',
  }),
  envFrom: list(EnvFromSource, 19, 'Variables taken wholesale; env prevails over them.'),
  env: list(EnvVar, 7, 'Variables of the environment.', { mapKeys: ['name'], mergeKey: 'name' }),
  resources: one(ResourceRequirements, 8, 'What it needs, and the most it may take.', { keepsZero: false }),
  resizePolicy: list(ContainerResizePolicy, 23, 'What a change of each resource means while it runs.'),
  restartPolicy: one(
    'string',
    24,
    'Restart behaviour of this container; Always makes an init container a sidecar.',
    { keepsZero: true },
  ),
  restartPolicyRules: list(ContainerRestartRule, 25, 'Exceptions to restartPolicy, by exit code.'),
  volumeMounts: list(VolumeMount, 9, 'Volumes to mount.', { mapKeys: ['mountPath'], mergeKey: 'mountPath' }),
  volumeDevices: list(VolumeDevice, 21, 'Raw block devices.', {
    mapKeys: ['devicePath'],
    mergeKey: 'devicePath',
  }),
  livenessProbe: one(Probe, 10, 'Restarts the container when it fails.'),
  readinessProbe: one(Probe, 11, 'Takes the pod out of its Services while it fails.'),
  startupProbe: one(Probe, 22, 'Holds back the other probes until it succeeds.'),
  lifecycle: one(Lifecycle, 12, 'Hooks around start and stop.'),
  terminationMessagePath: one('string', 13, 'File whose content becomes the status message when it ends.', {
    default: '/dev/termination-log',
  }),
  terminationMessagePolicy: one(
    'string',
    20,
    'Whether the end of the log stands in for an empty message file.',
    { default: 'File', enum: ['File', 'FallbackToLogsOnError'] },
  ),
  imagePullPolicy: one(
    'string',
    14,
    'When to pull; Always for the tag latest, else IfNotPresent, if absent.',
    { enum: ['Always', 'Never', 'IfNotPresent'] },
  ),
  securityContext: one(SecurityContext, 15, 'Privileges.'),
  stdin: one('bool', 16, 'Keeps standard input open.'),
  stdinOnce: one('bool', 17, 'Closes standard input after the first client has gone.'),
  tty: one('bool', 18, 'Gives it a terminal.'),
};

export const Container = message(
  'io.k8s.api.core.v1.Container',
  'A process run from an image, among others in a pod.',
  CONTAINER_FIELDS,
);
export interface Container extends Infer<typeof Container> {}

const EphemeralContainerCommon = message(
  'io.k8s.api.core.v1.EphemeralContainerCommon',
  'What an ephemeral container has of a container.',
  CONTAINER_FIELDS,
);

export const EphemeralContainer = message(
  'io.k8s.api.core.v1.EphemeralContainer',
  'A container added to a running pod, for debugging.',
  {
    ephemeralContainerCommon: inline(EphemeralContainerCommon, 1),
    targetContainerName: one('string', 2, 'Container whose process namespace it joins.'),
  },
);
export interface EphemeralContainer extends Infer<typeof EphemeralContainer> {}
