/** A schedule that is none. */
export class CronError extends Error {
  override readonly name = 'CronError';
}
