import type { StoredValue } from '@hawser/storage';
import type { AnyObject } from '../any-object.ts';
import { parseStored } from '../encoding/object-bytes.ts';
import { DecryptionError, type Transformer, type Unsealed } from './transformer.ts';

/** A stored value, and the object that it is. */
export interface ReadObject extends Unsealed {
  readonly object: AnyObject;
}

/** @throws DecryptionError where no key fits, or one that cannot tell made nonsense of it. */
export function readSealed(transformer: Transformer, { key, value, revision }: StoredValue): ReadObject {
  const unsealed = transformer.decrypt(value, key);
  try {
    return { object: parseStored(unsealed.plain, revision), ...unsealed };
  } catch {
    // Not the parser's message: it quotes what it cannot parse.
    throw new DecryptionError('the stored value is no object');
  }
}
