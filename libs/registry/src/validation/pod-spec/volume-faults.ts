import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  parseQuantity,
  required,
  type Volume,
} from '@hawser/api';
import { claimSpecFaults } from '../claim-spec.ts';
import { dnsLabelFault } from '../names.ts';
import { backstepFaults, descendingPathFaults, nonReservedPathFaults } from '../paths.ts';
import { textFaults } from '../value-faults.ts';
import { fieldRefFaults, resourceFieldRefFaults, VOLUME_FIELDS } from './env-faults.ts';
import { projectedFaults } from './projected-faults.ts';

/** The volumes of a pod that containers can mount: those without faults. */
export interface CheckedVolumes {
  readonly faults: FieldError[];
  readonly volumes: ReadonlyMap<string, Volume>;
}

/** Checks a pod's volumes (ValidateVolumes). */
export function checkVolumes(at: string, all: readonly Volume[] = []): CheckedVolumes {
  const volumes = new Map<string, Volume>();
  const faults = all.flatMap((volume, i) => {
    const path = `${at}[${i}]`;
    const name = volume.name ?? '';
    const found = sourceFaults(path, volume);
    found.push(
      ...(name === '' ? [required(`${path}.name`)] : textFaults(`${path}.name`, name, dnsLabelFault)),
    );
    if (volumes.has(name)) found.push(duplicate(`${path}.name`, name));
    if (found.length === 0) volumes.set(name, volume);
    return found;
  });
  return { faults, volumes };
}

type Check<K extends keyof Volume> = (at: string, source: NonNullable<Volume[K]>) => FieldError[];
type Checks = { readonly [K in Exclude<keyof Volume, 'name'>]?: Check<K> };

/** The names under which the rules of some sources are told; all others are told under the field's own. */
const TOLD_AS: Readonly<Record<string, string>> = { gcePersistentDisk: 'persistentDisk' };

/** In upstream's order: what comes after the first source is one too many. */
const SOURCES: Checks = {
  emptyDir: (at, { sizeLimit }) =>
    sizeLimit !== undefined && parseQuantity(sizeLimit).nano < 0n
      ? [forbiddenField(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : [],
  hostPath: (at, { path, type = '' }) => {
    if (!path) return [required(`${at}.path`)];
    return [
      ...backstepFaults(`${at}.path`, path),
      ...(HOST_PATH_TYPES.includes(type) ? [] : [notSupported(`${at}.type`, type, HOST_PATH_TYPES)]),
    ];
  },
  gitRepo: (at, source) => [
    ...needed(at, source, ['repository']),
    ...descendingPathFaults(`${at}.directory`, source.directory ?? ''),
  ],
  gcePersistentDisk: (at, source) => needed(at, source, ['pdName']),
  awsElasticBlockStore: (at, source) => needed(at, source, ['volumeID']),
  secret: (at, source) => [
    ...needed(at, source, ['secretName']),
    ...modeFaults(`${at}.defaultMode`, source.defaultMode),
    ...itemFaults(`${at}.items`, source.items),
  ],
  nfs: (at, source) => [
    ...needed(at, source, ['server', 'path']),
    ...((source.path ?? '').startsWith('/')
      ? []
      : [invalidValue(`${at}.path`, source.path ?? '', 'must be an absolute path')]),
  ],
  iscsi: (at, source) => needed(at, source, ['targetPortal', 'iqn']),
  glusterfs: (at, source) => needed(at, source, ['endpoints', 'path']),
  flocker: () => [],
  persistentVolumeClaim: (at, source) => needed(at, source, ['claimName']),
  rbd: (at, source) => needed(at, source, ['monitors', 'image']),
  cinder: (at, source) => needed(at, source, ['volumeID']),
  cephfs: (at, source) => needed(at, source, ['monitors']),
  quobyte: (at, source) => needed(at, source, ['registry', 'volume']),
  downwardAPI: (at, { defaultMode, items = [] }) => [
    ...modeFaults(`${at}.defaultMode`, defaultMode),
    ...items.flatMap((file) => downwardFileFaults(at, file)),
  ],
  fc: () => [],
  flexVolume: (at, source) => needed(at, source, ['driver']),
  configMap: (at, source) => [
    ...needed(at, source, ['name']),
    ...modeFaults(`${at}.defaultMode`, source.defaultMode),
    ...itemFaults(`${at}.items`, source.items),
  ],
  azureFile: (at, source) => needed(at, source, ['secretName', 'shareName']),
  vsphereVolume: (at, source) => needed(at, source, ['volumePath']),
  photonPersistentDisk: (at, source) => needed(at, source, ['pdID']),
  portworxVolume: (at, source) => needed(at, source, ['volumeID']),
  azureDisk: (at, source) => needed(at, source, ['diskName', 'diskURI']),
  storageos: () => [],
  projected: (at, source) => [
    ...modeFaults(`${at}.defaultMode`, source.defaultMode),
    ...projectedFaults(at, source),
  ],
  scaleIO: (at, source) => needed(at, source, ['gateway', 'system', 'volumeName']),
  csi: (at, source) => needed(at, source, ['driver']),
  ephemeral: (at, source) =>
    source.volumeClaimTemplate === undefined
      ? [required(`${at}.volumeClaimTemplate`)]
      : claimSpecFaults(`${at}.volumeClaimTemplate.spec`, source.volumeClaimTemplate.spec ?? {}),
  image: (at, source) => needed(at, source, ['reference']),
};

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

function sourceFaults(at: string, volume: Volume): FieldError[] {
  const given = Object.entries(SOURCES).filter(([name]) => volume[name as keyof Volume] !== undefined);
  const [first, ...others] = given;
  if (first === undefined) return [required(at, 'must specify a volume type')];
  const [name, check] = first;
  const source = volume[name as keyof Volume];
  return [
    // The table pairs each name with the type of its source; what is found in it cannot know that it does.
    ...(check as Check<keyof Volume>)(`${at}.${TOLD_AS[name] ?? name}`, source as never),
    ...others.map(([other]) => forbiddenField(`${at}.${other}`, 'may not specify more than 1 volume type')),
  ];
}

function needed<T extends object>(
  at: string,
  source: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  return fields
    .filter((field) => {
      const value = source[field];
      return !value || (Array.isArray(value) && value.length === 0);
    })
    .map((field) => required(`${at}.${field}`));
}

/** Permission bits (fileModeErrorMsg). */
export function modeFaults(at: string, mode: number | undefined): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777)
    ? []
    : [invalidValue(at, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}

/** Faults of which keys go to which files (validateKeyToPath). */
export function itemFaults(
  at: string,
  items: readonly { key?: string; path?: string; mode?: number }[] = [],
): FieldError[] {
  return items.flatMap(({ key, path = '', mode }, i) => [
    ...(key ? [] : [required(`${at}[${i}].key`)]),
    ...(path === '' ? [required(`${at}[${i}].path`)] : []),
    ...nonReservedPathFaults(`${at}[${i}].path`, path),
    ...modeFaults(`${at}[${i}].mode`, mode),
  ]);
}

type DownwardFile = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

/** Faults of a file that tells about the pod (validateDownwardAPIVolumeFile). */
export function downwardFileFaults(at: string, file: DownwardFile): FieldError[] {
  const { path = '', fieldRef, resourceFieldRef, mode } = file;
  const faults = [
    ...(path === '' ? [required(`${at}.path`)] : []),
    ...nonReservedPathFaults(`${at}.path`, path),
  ];
  if (fieldRef !== undefined) {
    faults.push(...fieldRefFaults(`${at}.fieldRef`, fieldRef, VOLUME_FIELDS));
    if (resourceFieldRef !== undefined)
      faults.push(
        invalidValue(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
      );
  } else if (resourceFieldRef !== undefined)
    faults.push(...resourceFieldRefFaults(`${at}.resourceFieldRef`, resourceFieldRef, true));
  else faults.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
  return [...faults, ...modeFaults(`${at}.mode`, mode)];
}
