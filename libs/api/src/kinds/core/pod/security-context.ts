import { type Infer, list, message, one } from '../../../schema/fields.ts';

export const Capabilities = message(
  'io.k8s.api.core.v1.Capabilities',
  'Linux capabilities to give and to take.',
  {
    add: list('string', 1, 'Those to give.'),
    drop: list('string', 2, 'Those to take.'),
  },
);
export interface Capabilities extends Infer<typeof Capabilities> {}

export const SELinuxOptions = message('io.k8s.api.core.v1.SELinuxOptions', 'Parts of an SELinux label.', {
  user: one('string', 1, 'The user part.'),
  role: one('string', 2, 'The role part.'),
  type: one('string', 3, 'The type part.'),
  level: one('string', 4, 'The level part.'),
});
export interface SELinuxOptions extends Infer<typeof SELinuxOptions> {}

export const WindowsSecurityContextOptions = message(
  'io.k8s.api.core.v1.WindowsSecurityContextOptions',
  'How to run on Windows.',
  {
    gmsaCredentialSpecName: one('string', 1, 'Name of the gMSA credential spec.', { keepsZero: true }),
    gmsaCredentialSpec: one('string', 2, 'The gMSA credential spec itself.', { keepsZero: true }),
    runAsUserName: one('string', 3, 'User to run as.', { keepsZero: true }),
    hostProcess: one('bool', 4, 'Whether to run as a process of the host.', { keepsZero: true }),
  },
);
export interface WindowsSecurityContextOptions extends Infer<typeof WindowsSecurityContextOptions> {}

export const SeccompProfile = message(
  'io.k8s.api.core.v1.SeccompProfile',
  'Which system calls may be made.',
  {
    type: one('string', 1, 'Where the profile comes from.', {
      required: true,
      enum: ['Unconfined', 'RuntimeDefault', 'Localhost'],
    }),
    localhostProfile: one('string', 2, 'File of the node that holds it, for type Localhost.', {
      keepsZero: true,
    }),
  },
);
export interface SeccompProfile extends Infer<typeof SeccompProfile> {}

export const AppArmorProfile = message(
  'io.k8s.api.core.v1.AppArmorProfile',
  'Which AppArmor profile confines the processes.',
  {
    type: one('string', 1, 'Where the profile comes from.', {
      required: true,
      enum: ['Unconfined', 'RuntimeDefault', 'Localhost'],
    }),
    localhostProfile: one('string', 2, 'Name of the profile loaded on the node, for type Localhost.', {
      keepsZero: true,
    }),
  },
);
export interface AppArmorProfile extends Infer<typeof AppArmorProfile> {}

export const SecurityContext = message(
  'io.k8s.api.core.v1.SecurityContext',
  "Privileges of one container; what it says prevails over the pod's.",
  {
    capabilities: one(Capabilities, 1, "Linux capabilities beside the runtime's default ones."),
    privileged: one('bool', 2, 'Whether it runs as root of the host would.', { keepsZero: true }),
    seLinuxOptions: one(SELinuxOptions, 3, 'SELinux label.'),
    windowsOptions: one(WindowsSecurityContextOptions, 10, 'Settings for Windows.'),
    runAsUser: one('int64', 4, "UID to run as; the image's if absent.", { keepsZero: true }),
    runAsGroup: one('int64', 8, 'GID to run as.', { keepsZero: true }),
    runAsNonRoot: one('bool', 5, 'Refuses to start as UID 0.', { keepsZero: true }),
    readOnlyRootFilesystem: one('bool', 6, 'Whether the root file system is read-only.', { keepsZero: true }),
    allowPrivilegeEscalation: one('bool', 7, 'Whether a process may gain more privileges than its parent.', {
      keepsZero: true,
    }),
    procMount: one('string', 9, 'How /proc is masked.', { keepsZero: true, enum: ['Default', 'Unmasked'] }),
    seccompProfile: one(SeccompProfile, 11, 'Filter of system calls.'),
    appArmorProfile: one(AppArmorProfile, 12, 'AppArmor confinement.'),
  },
);
export interface SecurityContext extends Infer<typeof SecurityContext> {}

export const Sysctl = message('io.k8s.api.core.v1.Sysctl', 'A kernel parameter to set.', {
  name: one('string', 1, 'Name of the parameter.', { required: true }),
  value: one('string', 2, 'Value of the parameter.', {
    keepsZero: true,
    pointer: false,
    inOpenApi: 'required',
  }),
});
export interface Sysctl extends Infer<typeof Sysctl> {}

export const PodSecurityContext = message(
  'io.k8s.api.core.v1.PodSecurityContext',
  'Privileges of all containers of a pod.',
  {
    seLinuxOptions: one(SELinuxOptions, 1, 'SELinux label.'),
    windowsOptions: one(WindowsSecurityContextOptions, 8, 'Settings for Windows.'),
    runAsUser: one('int64', 2, "UID to run as; the image's if absent.", { keepsZero: true }),
    runAsGroup: one('int64', 6, 'GID to run as.', { keepsZero: true }),
    runAsNonRoot: one('bool', 3, 'Refuses to start as UID 0.', { keepsZero: true }),
    supplementalGroups: list('int64', 4, 'Further groups of the processes.'),
    supplementalGroupsPolicy: one(
      'string',
      12,
      'Whether groups that the image defines for the user count too.',
      { keepsZero: true, enum: ['Merge', 'Strict'] },
    ),
    fsGroup: one('int64', 5, 'Group that owns the volumes.', { keepsZero: true }),
    sysctls: list(Sysctl, 7, "Kernel parameters of the pod's namespaces."),
    fsGroupChangePolicy: one(
      'string',
      9,
      'Whether volumes change group always, or only when their root differs.',
      { keepsZero: true, enum: ['OnRootMismatch', 'Always'] },
    ),
    seccompProfile: one(SeccompProfile, 10, 'Filter of system calls.'),
    appArmorProfile: one(AppArmorProfile, 11, 'AppArmor confinement.'),
    seLinuxChangePolicy: one('string', 13, 'How volumes get their SELinux label: Recursive or MountOption.', {
      keepsZero: true,
    }),
  },
);
export interface PodSecurityContext extends Infer<typeof PodSecurityContext> {}
