import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Pod, Secret } from '@hawser/api';
import { containerNamed } from '../environment/container-environment.ts';
import { containerResourceValue, type NodeFacts, podFieldValue } from '../environment/downward-api.ts';
import { filePath, keyPart } from '../path-names.ts';
import type { VolumeFile } from './atomic-writer.ts';

export type Files = Map<string, VolumeFile>;

interface KeySelection {
  items?: KeyToPath[];
  optional?: boolean;
}

/** The files of a ConfigMap: of all its keys, or of the chosen ones. @throws Error for a key that is missing. */
export function configMapFiles(
  configMap: ConfigMap | undefined,
  selection: KeySelection,
  mode: number,
): Files {
  const values = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(configMap?.data ?? {})) values.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(configMap?.binaryData ?? {}))
    values.set(key, Buffer.from(value, 'base64'));
  return selectFiles(values, selection, mode, 'configmap references non-existent config key');
}

/** The files of a Secret. @throws Error for a key that is missing. */
export function secretFiles(secret: Secret | undefined, selection: KeySelection, mode: number): Files {
  const entries = Object.entries(secret?.data ?? {});
  const values = new Map(entries.map(([key, value]) => [key, Buffer.from(value, 'base64')]));
  return selectFiles(values, selection, mode, 'references non-existent secret key');
}

function selectFiles(
  values: Map<string, Buffer>,
  { items, optional }: KeySelection,
  mode: number,
  complaint: string,
): Files {
  if (!items || items.length === 0)
    return new Map([...values].map(([key, data]) => [keyPart(key), { data, mode }]));
  const files: Files = new Map();
  for (const item of items) {
    const data = values.get(item.key);
    if (data !== undefined) files.set(filePath(item.path), { data, mode: item.mode ?? mode });
    else if (!optional) throw new Error(`${complaint}: ${item.key}`);
  }
  return files;
}

/** The files of a downward API volume. @throws ContainerConfigError for what cannot be told. */
export function downwardFiles(
  items: readonly DownwardAPIVolumeFile[],
  pod: Pod,
  facts: NodeFacts,
  mode: number,
): Files {
  const files: Files = new Map();
  for (const { path, fieldRef, resourceFieldRef, mode: itemMode } of items) {
    const container = containerNamed(pod, resourceFieldRef?.containerName) ?? {};
    const text = fieldRef
      ? podFieldValue(fieldRef, pod, facts)
      : containerResourceValue(resourceFieldRef!, container, facts);
    files.set(filePath(path), { data: Buffer.from(text), mode: itemMode ?? mode });
  }
  return files;
}
