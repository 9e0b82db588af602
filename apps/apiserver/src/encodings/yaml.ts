import { stringify } from 'yaml';
import { type Encoding, listTypeOf } from './encoding.ts';

/** YAML with its keys in order and lists not indented, as sigs.k8s.io/yaml writes it. */
const asYaml = (value: object) =>
  Buffer.from(
    stringify(value, { aliasDuplicateObjects: false, sortMapEntries: true, indentSeq: false, lineWidth: 0 }),
  );

export const yaml: Encoding = {
  mediaType: 'application/yaml',
  tables: true,
  object: asYaml,
  entry: (_kind, { object }) => asYaml(object),
  list: (kind, metadata, entries) =>
    asYaml({ ...listTypeOf(kind), metadata, items: entries.map(({ object }) => object) }),
};
