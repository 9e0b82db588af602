import type { Kind } from '@hawser/api';
import type { AnyObject } from './any-object.ts';
import type { WriteContext } from './write-context.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** A write on its way in (apiserver/pkg/admission.Attributes). */
export interface AdmissionAttributes {
  readonly operation: Operation;
  readonly kind: Kind;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Absent for deletions. */
  readonly object: AnyObject | undefined;
  /** Absent for creations. */
  readonly oldObject: AnyObject | undefined;
  readonly context: WriteContext;
}

/** A plug-in that may complete (`admit`) or refuse (`validate`) a write. Refusals are thrown ApiErrors. */
export interface AdmissionPlugin {
  readonly name: string;
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
  /**
   * Told once how a write ended that all had let pass; `committed` is false where it came to nothing. Must not throw:
   * the write has ended, whatever becomes of this.
   */
  settled?(attributes: AdmissionAttributes, committed: boolean): void | Promise<void>;
}

/** Plug-ins in their order: all may complete before any validates. */
export class AdmissionChain {
  constructor(readonly plugins: readonly AdmissionPlugin[]) {}

  async admit(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.plugins) await plugin.admit?.(attributes);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.plugins) await plugin.validate?.(attributes);
  }

  /**
   * Writes what every plug-in lets pass, and tells them how that ended.
   * @param write gives undefined where it came to nothing, as when another writer was faster.
   */
  async commit<T>(
    attributes: AdmissionAttributes,
    write: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    await this.validate(attributes);
    let written: T | undefined;
    try {
      written = await write();
      return written;
    } finally {
      for (const plugin of this.plugins) await plugin.settled?.(attributes, written !== undefined);
    }
  }
}
