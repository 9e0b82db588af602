import type { Column } from '../../schema/kind.ts';

const SHORT: readonly (readonly [mode: string, short: string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

/** Access modes as a table shows them, each once and in a fixed order (core/v1/helper `GetAccessModesAsString`). */
export function accessModesText(modes: readonly string[] = []): string {
  return SHORT.flatMap(([mode, short]) => (modes.includes(mode) ? [short] : [])).join(',');
}

const BETA_CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** The storage class of a volume or a claim; an annotation from before the field prevails. */
export function storageClassOf({
  metadata,
  spec,
}: {
  metadata: { annotations?: { [key: string]: string } };
  spec?: { storageClassName?: string };
}): string {
  return metadata.annotations?.[BETA_CLASS_ANNOTATION] ?? spec?.storageClassName ?? '';
}

/** The wide column of a volume or a claim. */
export const volumeModeColumn: Column<{ spec?: { volumeMode?: string } }> = {
  name: 'VolumeMode',
  type: 'string',
  priority: 1,
  description: 'A file system or a raw block device.',
  value: ({ spec }) => spec?.volumeMode ?? '<unset>',
};
