import type { Identity } from '@hawser/authn';
import type { OutboxRecord } from '@hawser/storage';
import type { Operation } from './admission.ts';
import type { AnyObject } from './any-object.ts';

/** What a write brings along beside the object. */
export interface WriteContext {
  readonly identity: Identity;
  /** The address that the request came from; empty for the hub's own writes. */
  readonly sourceAddress: string;
  /** Validate and answer, but keep nothing (`dryRun=All`). */
  readonly dryRun: boolean;
  /**
   * Who owns what this write changes of an object whose fields are tracked; asked only for such. Undefined where the
   * object itself says who owns what: the write applies, or the hub writes on its own behalf.
   */
  readonly fieldManager?: (() => string) | undefined;
  /** Words for the client's `Warning` headers. */
  warn(text: string): void;
  /** The audit records to be committed together with the write, once it is known to succeed. */
  readonly outbox?: (object: AnyObject, operation: Operation) => readonly OutboxRecord[];
}
