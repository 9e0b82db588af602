import { ObjectMeta } from '../kinds/meta/object-meta.ts';
import type { Kind } from '../schema/kind.ts';
import { FieldSet } from './field-set.ts';
import { fieldElement } from './path-element.ts';

const OF_METADATA = new Set(['labels', 'annotations']);

/**
 * The fields that what is applied to an object, or to a subresource of it, cannot change: who applies them does
 * not own them (upstream's GetResetFields). An object's status is changed by its subresource alone, and by that
 * nothing else is but labels and annotations.
 */
export function ignoredFields(kind: Kind, subresource: string): FieldSet {
  const names = Object.keys(kind.schema.fields as object);
  if (subresource === '')
    return kind.subresources['status'] === undefined ? FieldSet.EMPTY : FieldSet.of([fieldElement('status')]);
  // Of what is applied to a scale only the number comes here.
  if (subresource === 'scale') return FieldSet.EMPTY;
  const ofMetadata = Object.keys(ObjectMeta.fields).filter((name) => !OF_METADATA.has(name));
  return FieldSet.of(
    ...names.filter((name) => name !== 'status' && name !== 'metadata').map((name) => [fieldElement(name)]),
    ...ofMetadata.map((name) => [fieldElement('metadata'), fieldElement(name)]),
  );
}
