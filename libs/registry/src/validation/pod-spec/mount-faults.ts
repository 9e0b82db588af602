import {
  type Container,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
  type Volume,
} from '@hawser/api';
import { descendingPathFaults } from '../paths.ts';

type Volumes = ReadonlyMap<string, Volume>;
type Mount = NonNullable<Container['volumeMounts']>[number];

/** Faults of what a container mounts (ValidateVolumeMounts). @param volumes those of the pod that are in order. */
export function mountFaults(at: string, container: Container, volumes: Volumes): FieldError[] {
  const { volumeMounts = [], volumeDevices = [] } = container;
  const deviceNames = new Set(volumeDevices.map(({ name }) => name));
  const devicePaths = new Set(volumeDevices.map(({ devicePath }) => devicePath));
  const taken = new Set<string>();
  return volumeMounts.flatMap((mount, i) => {
    const path = `${at}[${i}]`;
    const { name = '', mountPath = '' } = mount;
    const faults: FieldError[] = [];
    if (name === '') faults.push(required(`${path}.name`));
    if (!volumes.has(name)) faults.push(notFoundValue(`${path}.name`, name));
    if (mountPath === '') faults.push(required(`${path}.mountPath`));
    if (taken.has(mountPath)) faults.push(invalidValue(`${path}.mountPath`, mountPath, 'must be unique'));
    taken.add(mountPath);
    if (deviceNames.has(name))
      faults.push(invalidValue(`${path}.name`, name, 'must not already exist in volumeDevices'));
    if (devicePaths.has(mountPath))
      faults.push(
        invalidValue(`${path}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'),
      );
    return [
      ...faults,
      ...subPathFaults(at, path, mount, volumes.get(name)),
      ...propagationFaults(at, mount, container),
    ];
  });
}

/** The paths are told of the list and not of the item, as upstream does. */
function subPathFaults(
  list: string,
  at: string,
  { subPath, subPathExpr }: Mount,
  volume: Volume | undefined,
): FieldError[] {
  const faults: FieldError[] = [];
  if (volume?.image !== undefined)
    for (const [field, path] of Object.entries({ subPath, subPathExpr }))
      if (path) faults.push(invalidValue(`${at}.${field}`, path, 'not allowed in image volume sources'));
  if (subPath) faults.push(...descendingPathFaults(`${list}.subPath`, subPath));
  if (subPathExpr) {
    if (subPath)
      faults.push(
        invalidValue(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
      );
    faults.push(...descendingPathFaults(`${list}.subPathExpr`, subPathExpr));
  }
  return faults;
}

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];
const RECURSIVE = ['Disabled', 'Enabled', 'IfPossible'];

function propagationFaults(
  list: string,
  { mountPropagation, recursiveReadOnly, readOnly }: Mount,
  { securityContext }: Container,
): FieldError[] {
  const faults: FieldError[] = [];
  const at = `${list}.mountPropagation`;
  if (mountPropagation !== undefined && !PROPAGATIONS.includes(mountPropagation))
    faults.push(notSupported(at, mountPropagation, PROPAGATIONS));
  if (mountPropagation === 'Bidirectional' && !securityContext?.privileged)
    faults.push(
      forbiddenField(at, 'Bidirectional mount propagation is available only to privileged containers'),
    );
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return faults;
  const recursive = `${list}.recursiveReadOnly`;
  if (!RECURSIVE.includes(recursiveReadOnly))
    return [...faults, notSupported(recursive, recursiveReadOnly, RECURSIVE)];
  if (!readOnly) faults.push(forbiddenField(recursive, 'may only be specified when readOnly is true'));
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    faults.push(
      forbiddenField(recursive, 'may only be specified when mountPropagation is None or not specified'),
    );
  return faults;
}

/** Faults of raw block devices (ValidateVolumeDevices). */
export function deviceFaults(at: string, container: Container, volumes: Volumes): FieldError[] {
  const { volumeMounts = [], volumeDevices = [] } = container;
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounted = new Set(volumeMounts.map((mount) => mount.name));
  const mountPaths = new Set(volumeMounts.map(({ mountPath }) => mountPath));
  return volumeDevices.flatMap(({ name = '', devicePath = '' }, i) => {
    const path = `${at}[${i}]`;
    const faults: FieldError[] = [];
    const volume = volumes.get(name);
    const bad = (field: 'name' | 'devicePath', why: string) =>
      faults.push(invalidValue(`${path}.${field}`, field === 'name' ? name : devicePath, why));
    if (name === '') faults.push(required(`${path}.name`));
    if (names.has(name)) bad('name', 'must be unique');
    if (volume === undefined) faults.push(notFoundValue(`${path}.name`, name));
    else if (!volume.persistentVolumeClaim && !volume.ephemeral)
      bad('name', 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode');
    if (devicePath === '') faults.push(required(`${path}.devicePath`));
    if (paths.has(devicePath)) bad('devicePath', 'must be unique');
    if (devicePath.split('/').includes('..')) bad('devicePath', "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounted.has(name)) bad('name', 'must not already exist in volumeMounts');
    if (mountPaths.has(devicePath)) bad('devicePath', 'must not already exist as a path in volumeMounts');
    if (name !== '') names.add(name);
    return faults;
  });
}
