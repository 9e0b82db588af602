import {
  badRequest,
  type Kind,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  type Selector,
  SelectorError,
} from '@hawser/api';
import type { AnyObject } from '../any-object.ts';

/** Which objects of a kind a list or watch is about. */
export interface Selection {
  /** Nothing is left out: the bytes of lists and events can be shared. */
  readonly everything: boolean;
  /** The only name that it picks, where it names one. */
  readonly name?: string;
  matches(object: AnyObject): boolean;
}

const EVERYTHING: Selection = { everything: true, matches: () => true };

/** @throws ApiError BadRequest on a selector that cannot be parsed or a field label that the kind does not have. */
export function parseSelection(kind: Kind, labelSelector: string, fieldSelector: string): Selection {
  if (labelSelector === '' && fieldSelector === '') return EVERYTHING;
  try {
    const labels = parseLabelSelector(labelSelector);
    const requirements = parseFieldSelector(fieldSelector);
    const name = requirements.find(({ field, equal }) => field === 'metadata.name' && equal)?.value;
    const fields = requirements.map(({ field, equal, value }) => {
      const read = fieldReader(kind, field);
      return (object: AnyObject) => (read(object) === value) === equal;
    });
    return {
      everything: false,
      ...(name === undefined ? {} : { name }),
      matches: (object) => labelsMatch(labels, object) && fields.every((matches) => matches(object)),
    };
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message, error);
    throw error;
  }
}

function labelsMatch(selector: Selector, { metadata }: AnyObject): boolean {
  return selector.length === 0 || matchesLabels(selector, metadata.labels);
}

function fieldReader(kind: Kind, field: string): (object: AnyObject) => string {
  if (field === 'metadata.name') return ({ metadata }) => metadata.name;
  if (field === 'metadata.namespace' && kind.namespaced) return ({ metadata }) => metadata.namespace ?? '';
  const read = Object.hasOwn(kind.fieldLabels, field) ? kind.fieldLabels[field] : undefined;
  if (read === undefined) throw new SelectorError(`field label not supported: ${field}`);
  return read as unknown as (object: AnyObject) => string;
}
