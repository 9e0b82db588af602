import type { Kind, TypeMeta } from '@hawser/api';
import type { Entry } from '@hawser/registry';

/** What goes around an object's bytes to make of them one event of a watch. */
export interface EventAround {
  readonly head: Uint8Array | string;
  readonly tail: Uint8Array | string;
}

/** How the events of a watch follow one another. */
export interface EventFraming {
  readonly mediaType: string;
  /** @param sizeBytes of the object's bytes. */
  around(type: string, sizeBytes: number): EventAround;
}

/** One media type in which objects go out: everything that differs between them. */
export interface Encoding {
  readonly mediaType: string;
  /** Absent where a watch cannot be told in it. */
  readonly events?: EventFraming;
  /** Whether Tables can be told in it. */
  readonly tables: boolean;
  /** An object that is not kept: a review, a Status, a view of objects. */
  object(object: TypeMeta): Buffer;
  /** An object that is kept, of its kept bytes where there are such. */
  entry(kind: Kind, entry: Entry): Buffer;
  list(kind: Kind, metadata: object, entries: readonly Entry[]): Buffer;
}

/** What a list of a kind calls itself. */
export function listTypeOf({ kind, apiVersion }: Kind): TypeMeta {
  return { kind: `${kind}List`, apiVersion };
}
