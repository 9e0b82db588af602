import { DialError } from '@hawser/dial';

/** How far a dial came: to the Konnectivity server (`connect`), or to its answer (`proxy`). */
export type DialStage = 'connect' | 'proxy';

/** A dial through Konnectivity that failed; it names what was dialled, the front end and the reason. */
export class KonnectivityDialError extends DialError {
  override name = 'KonnectivityDialError';

  /** @param through what the front end is called, such as `https://127.0.0.1:8131`. */
  constructor(
    readonly stage: DialStage,
    address: string,
    through: string,
    cause: unknown,
  ) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`konnectivity: dial tcp ${address} through ${through}: ${why}`, { cause });
  }
}
