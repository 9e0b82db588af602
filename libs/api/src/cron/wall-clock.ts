/** What a clock on the wall of a time zone shows. */
export interface WallClock {
  /** The date that it shows at a moment. */
  at(moment: Date): { year: number; month: number; day: number };
  /** The moments at which it shows this; none when summer time skips it, two when it repeats. */
  instants(date: Date, hour: number, minute: number): Date[];
}

const HALF_DAY_MS = 12 * 3600 * 1000;

/** @param timeZone an IANA name; the process's own zone when absent. */
export function wallClock(timeZone: string | undefined): WallClock {
  const format = formatFor(timeZone);
  return {
    at(moment) {
      const shown = new Date(shownMs(format, moment.getTime()));
      return { year: shown.getUTCFullYear(), month: shown.getUTCMonth() + 1, day: shown.getUTCDate() };
    },
    instants(date, hour, minute) {
      const wantedMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), hour, minute);
      const offsets = [wantedMs - HALF_DAY_MS, wantedMs + HALF_DAY_MS].map((ms) => shownMs(format, ms) - ms);
      const found = [...new Set(offsets)].map((offset) => wantedMs - offset);
      return found.filter((ms) => shownMs(format, ms) === wantedMs).map((ms) => new Date(ms));
    },
  };
}

/** Whether there is a time zone of that name. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatFor(name);
    return true;
  } catch {
    return false;
  }
}

function formatFor(timeZone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}

/** What the clock shows, as if it were UTC. */
function shownMs(format: Intl.DateTimeFormat, ms: number): number {
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
