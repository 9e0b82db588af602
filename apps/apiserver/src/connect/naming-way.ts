import { ApiError } from '@hawser/api';
import { DialError, type Dialer } from '@hawser/dial';
import { UpgradeFailedError } from '@hawser/streams';

/** What connections go through. */
export type Way = Pick<Dialer, 'through'>;

/**
 * Something asked over a connection that was made: where it fails, the message names what the connection goes
 * through, since nobody can tell then whether that was lost or the target. What the target answered is left as it is.
 */
export async function namingWay<T>({ through }: Way, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    const isAnswer = cause instanceof ApiError || cause instanceof UpgradeFailedError;
    if (through === undefined || isAnswer || !(cause instanceof Error)) throw cause;
    throw new DialError(`${cause.message} (through ${through})`, { cause });
  }
}
