const QUIET_MS = 10_000;

/**
 * Lets the first of several like lines through: thirteen controllers that cannot reach the hub yet say so thirteen
 * times a second. What makes lines alike is their message, numbers apart. The log files have them all.
 */
export class RepetitionFilter {
  readonly #quietUntilMs = new Map<string, number>();

  /** Whether a line should be shown now. */
  shows(message: string, nowMs: number): boolean {
    const key = message.replace(/\d+/g, '#');
    if ((this.#quietUntilMs.get(key) ?? 0) > nowMs) return false;
    this.#quietUntilMs.set(key, nowMs + QUIET_MS);
    return true;
  }
}
