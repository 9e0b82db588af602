import {
  type Container,
  duplicate,
  type FieldError,
  invalidValue,
  type PodSpec,
  required,
  type Volume,
} from '@hawser/api';
import { dnsLabelFault } from '../validation/names.ts';

/**
 * Faults of a pod's volumes and of where containers mount them (kubernetes/pkg/apis/core/validation). Names and
 * paths here become paths on a node: one that steps out of its directory reaches the host.
 * @param at the path of the spec.
 */
export function volumeFaults(spec: PodSpec, at: string): FieldError[] {
  const volumes = spec.volumes ?? [];
  const names = new Set<string>();
  const faults = volumes.flatMap((volume, i) => {
    const path = `${at}.volumes[${i}]`;
    const repeated = names.has(volume.name) ? [duplicate(`${path}.name`, volume.name)] : [];
    names.add(volume.name);
    return [...nameFaults(`${path}.name`, volume.name), ...repeated, ...pathFaults(volume, path)];
  });
  for (const field of ['containers', 'initContainers'] as const)
    (spec[field] ?? []).forEach((container, i) => {
      faults.push(...mountFaults(container, `${at}.${field}[${i}]`, names));
    });
  return faults;
}

function nameFaults(at: string, name: string | undefined): FieldError[] {
  if (!name) return [required(at)];
  const fault = dnsLabelFault(name);
  return fault === undefined ? [] : [invalidValue(at, name, fault)];
}

/** Paths within a volume, wherever its source has them. */
function pathFaults(
  { configMap, secret, downwardAPI, projected, hostPath }: Volume,
  at: string,
): FieldError[] {
  const faults = [
    ...itemFaults(configMap?.items, `${at}.configMap`),
    ...itemFaults(secret?.items, `${at}.secret`),
    ...itemFaults(downwardAPI?.items, `${at}.downwardAPI`),
  ];
  (projected?.sources ?? []).forEach((source, i) => {
    const from = `${at}.projected.sources[${i}]`;
    for (const kind of ['configMap', 'secret', 'downwardAPI'] as const)
      faults.push(...itemFaults(source[kind]?.items, `${from}.${kind}`));
    if (source.serviceAccountToken !== undefined)
      faults.push(...relativePathFaults(`${from}.serviceAccountToken.path`, source.serviceAccountToken.path));
  });
  if (hostPath !== undefined && backsteps(hostPath.path ?? ''))
    faults.push(invalidValue(`${at}.hostPath.path`, hostPath.path, "must not contain '..'"));
  return faults;
}

function itemFaults(items: readonly { path?: string }[] | undefined, at: string): FieldError[] {
  return (items ?? []).flatMap(({ path }, i) => relativePathFaults(`${at}.items[${i}].path`, path));
}

function relativePathFaults(at: string, path: string | undefined): FieldError[] {
  if (!path) return [required(at)];
  if (path.startsWith('/')) return [invalidValue(at, path, 'must be a relative path')];
  if (backsteps(path)) return [invalidValue(at, path, "must not contain '..'")];
  return path.startsWith('..') ? [invalidValue(at, path, "must not start with '..'")] : [];
}

function mountFaults(
  { volumeMounts = [] }: Container,
  at: string,
  volumes: ReadonlySet<string>,
): FieldError[] {
  const paths = new Set<string>();
  return volumeMounts.flatMap(({ name, mountPath, subPath, subPathExpr }, i) => {
    const mount = `${at}.volumeMounts[${i}]`;
    const faults: FieldError[] = [];
    if (!name) faults.push(required(`${mount}.name`));
    else if (!volumes.has(name))
      faults.push({ type: 'FieldValueNotFound', field: `${mount}.name`, badValue: name, detail: '' });
    if (!mountPath) faults.push(required(`${mount}.mountPath`));
    else if (paths.has(mountPath))
      faults.push(invalidValue(`${mount}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (subPath && subPathExpr)
      faults.push(
        invalidValue(`${mount}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
      );
    for (const [field, path] of Object.entries({ subPath, subPathExpr })) {
      if (!path) continue;
      if (path.startsWith('/'))
        faults.push(invalidValue(`${mount}.${field}`, path, 'must be a relative path'));
      else if (backsteps(path)) faults.push(invalidValue(`${mount}.${field}`, path, "must not contain '..'"));
    }
    return faults;
  });
}

function backsteps(path: string): boolean {
  return path.split('/').includes('..');
}
