import { type Infer, list, map, message, one } from '../../../schema/fields.ts';
import { ResourceRequirements } from './resources.ts';
import { STOP_SIGNALS } from './stop-signals.ts';

export const ContainerStateWaiting = message(
  'io.k8s.api.core.v1.ContainerStateWaiting',
  'A container that is yet to start.',
  {
    reason: one('string', 1, 'Why, in one word.'),
    message: one('string', 2, 'Why, in words for people.'),
  },
);
export interface ContainerStateWaiting extends Infer<typeof ContainerStateWaiting> {}

export const ContainerStateRunning = message(
  'io.k8s.api.core.v1.ContainerStateRunning',
  'A container that runs.',
  {
    startedAt: one('time', 1, 'Since when.'),
  },
);
export interface ContainerStateRunning extends Infer<typeof ContainerStateRunning> {}

export const ContainerStateTerminated = message(
  'io.k8s.api.core.v1.ContainerStateTerminated',
  'A container that ended.',
  {
    exitCode: one('int32', 1, 'Its exit code.', { required: true }),
    signal: one('int32', 2, 'The signal that ended it.'),
    reason: one('string', 3, 'Why, in one word.'),
    message: one('string', 4, 'Why, in words for people.'),
    startedAt: one('time', 5, 'When it started.'),
    finishedAt: one('time', 6, 'When it ended.'),
    containerID: one('string', 7, 'ID of the container, as `type://id`.'),
  },
);
export interface ContainerStateTerminated extends Infer<typeof ContainerStateTerminated> {}

export const ContainerState = message(
  'io.k8s.api.core.v1.ContainerState',
  'State of a container; at most one field is set, and none means waiting.',
  {
    waiting: one(ContainerStateWaiting, 1, 'Yet to start.'),
    running: one(ContainerStateRunning, 2, 'Runs.'),
    terminated: one(ContainerStateTerminated, 3, 'Ended.'),
  },
);
export interface ContainerState extends Infer<typeof ContainerState> {}

export const ImageVolumeStatus = message(
  'io.k8s.api.core.v1.ImageVolumeStatus',
  'State of an image volume.',
  {
    imageRef: one('string', 1, 'Digest of the image that was mounted.'),
  },
);
export interface ImageVolumeStatus extends Infer<typeof ImageVolumeStatus> {}

export const VolumeStatus = message('io.k8s.api.core.v1.VolumeStatus', 'State of a mounted volume.', {
  image: one(ImageVolumeStatus, 1, 'For an image volume.'),
});
export interface VolumeStatus extends Infer<typeof VolumeStatus> {}

export const VolumeMountStatus = message('io.k8s.api.core.v1.VolumeMountStatus', 'State of a mount.', {
  name: one('string', 1, 'Name of the volume.', { required: true }),
  mountPath: one('string', 2, 'Where in the container.', { required: true }),
  readOnly: one('bool', 3, 'Whether it is read-only.'),
  recursiveReadOnly: one('string', 4, 'Whether mounts below are read-only too: Disabled or Enabled.', {
    keepsZero: true,
  }),
  volumeStatus: one(VolumeStatus, 5, 'What is known of the volume.'),
});
export interface VolumeMountStatus extends Infer<typeof VolumeMountStatus> {}

export const LinuxContainerUser = message(
  'io.k8s.api.core.v1.LinuxContainerUser',
  "User and groups of a container's first process.",
  {
    uid: one('int64', 1, 'UID.', { required: true }),
    gid: one('int64', 2, 'GID.', { required: true }),
    supplementalGroups: list('int64', 3, 'Further groups.'),
  },
);
export interface LinuxContainerUser extends Infer<typeof LinuxContainerUser> {}

export const ContainerUser = message(
  'io.k8s.api.core.v1.ContainerUser',
  "As whom a container's first process runs.",
  {
    linux: one(LinuxContainerUser, 1, 'On Linux.'),
  },
);
export interface ContainerUser extends Infer<typeof ContainerUser> {}

export const ResourceHealth = message('io.k8s.api.core.v1.ResourceHealth', 'Health of one device.', {
  resourceID: one('string', 1, 'Identifies the device.', { required: true }),
  health: one('string', 2, 'Healthy, Unhealthy or Unknown.'),
  message: one('string', 6, 'More about its health.', { keepsZero: true }),
});
export interface ResourceHealth extends Infer<typeof ResourceHealth> {}

export const ResourceStatus = message(
  'io.k8s.api.core.v1.ResourceStatus',
  'Health of the devices of one resource.',
  {
    name: one('string', 1, 'Name of the resource, or of the claim.', { required: true }),
    resources: list(ResourceHealth, 2, 'The devices.', { mapKeys: ['resourceID'] }),
  },
);
export interface ResourceStatus extends Infer<typeof ResourceStatus> {}

export const ContainerStatus = message(
  'io.k8s.api.core.v1.ContainerStatus',
  'What the kubelet last saw of a container.',
  {
    name: one('string', 1, 'Name of the container.', { required: true }),
    state: one(ContainerState, 2, 'Its state.', { keepsZero: false }),
    lastState: one(ContainerState, 3, 'How it last ended.', { keepsZero: false }),
    ready: one('bool', 4, 'Whether it is started and its readiness probe succeeds.', { required: true }),
    restartCount: one('int32', 5, 'How many times it was started again.', { required: true }),
    image: one('string', 6, 'Image that it runs.', { required: true }),
    imageID: one('string', 7, 'ID of that image.', { required: true }),
    containerID: one('string', 8, 'ID of the container, as `type://id`.'),
    started: one('bool', 9, 'Whether its start, hook and startup probe included, is over.', {
      keepsZero: true,
    }),
    allocatedResources: map('quantity', 10, 'What the node set aside for it.'),
    resources: one(ResourceRequirements, 11, 'Requests and limits that are in force.'),
    volumeMounts: list(VolumeMountStatus, 12, 'State of its mounts.', {
      mapKeys: ['mountPath'],
      mergeKey: 'mountPath',
    }),
    user: one(ContainerUser, 13, 'As whom its first process ran at the start.'),
    allocatedResourcesStatus: list(ResourceStatus, 14, 'Health of the devices given to it.', {
      mapKeys: ['name'],
      mergeKey: 'name',
    }),
    stopSignal: one('string', 15, 'Signal that stops it.', { keepsZero: true, enum: STOP_SIGNALS }),
  },
);
export interface ContainerStatus extends Infer<typeof ContainerStatus> {}
