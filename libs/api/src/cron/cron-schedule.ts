import { parseGoDuration } from '../protobuf/go-duration.ts';
import { CronError } from './cron-error.ts';
import { type FieldBounds, type ParsedField, parseField } from './parse-field.ts';
import { isTimeZone, wallClock } from './wall-clock.ts';

/** When something is due. */
export interface CronSchedule {
  /** The first moment after this one; undefined when none comes within five years. */
  next(after: Date): Date | undefined;
}

const MONTHS = namesOf('jan feb mar apr may jun jul aug sep oct nov dec', 1);
const DAYS = namesOf('sun mon tue wed thu fri sat', 0);
const BOUNDS = {
  minute: { min: 0, max: 59 },
  hour: { min: 0, max: 23 },
  dayOfMonth: { min: 1, max: 31 },
  month: { min: 1, max: 12, names: MONTHS },
  dayOfWeek: { min: 0, max: 6, names: DAYS },
} satisfies Record<string, FieldBounds>;

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const EVERY = '@every ';
const MAX_DAYS = 5 * 366;

/**
 * Parses a schedule of five fields, a descriptor such as `@daily`, or `@every 1h` (robfig/cron `ParseStandard`,
 * whose messages these are).
 * @param timeZone the zone in which the fields are meant; the process's own when absent. `TZ=` before the fields
 *   counts more.
 * @throws CronError
 */
export function parseCron(text: string, timeZone?: string): CronSchedule {
  if (text === '') throw new CronError('empty spec string');
  const zoned = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/.exec(text);
  if (zoned !== null) {
    const [, zone = '', rest = ''] = zoned;
    if (!isTimeZone(zone)) throw new CronError(`provided bad location ${zone}: unknown time zone ${zone}`);
    return parseCron(rest.trim(), zone);
  }
  if (text.startsWith(EVERY)) return every(text);
  if (!text.startsWith('@')) return parseFields(text, timeZone);
  const fields = Object.hasOwn(DESCRIPTORS, text) ? DESCRIPTORS[text] : undefined;
  if (fields === undefined) throw new CronError(`unrecognized descriptor: ${text}`);
  return parseFields(fields, timeZone);
}

function every(text: string): CronSchedule {
  const duration = text.slice(EVERY.length);
  const nanoseconds = parseGoDuration(duration);
  if (nanoseconds === undefined)
    throw new CronError(
      `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`,
    );
  const periodMs = Math.max(1, Math.floor(nanoseconds / 1e9)) * 1000;
  return { next: (after) => new Date(Math.floor(after.getTime() / 1000) * 1000 + periodMs) };
}

interface Fields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly dayOfMonth: ParsedField;
  readonly month: ParsedField;
  readonly dayOfWeek: ParsedField;
}

function parseFields(text: string, timeZone: string | undefined): CronSchedule {
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== 5)
    throw new CronError(`expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = parts as [string, string, string, string, string];
  const fields: Fields = {
    minutes: sorted(parseField(minute, BOUNDS.minute)),
    hours: sorted(parseField(hour, BOUNDS.hour)),
    dayOfMonth: parseField(dayOfMonth, BOUNDS.dayOfMonth),
    month: parseField(month, BOUNDS.month),
    dayOfWeek: parseField(dayOfWeek, BOUNDS.dayOfWeek),
  };
  return { next: (after) => nextOf(fields, after, timeZone) };
}

/** Day after day on the wall clock; a moment that summer time skips does not come, one that it repeats comes twice. */
function nextOf(fields: Fields, after: Date, timeZone: string | undefined): Date | undefined {
  const clock = wallClock(timeZone);
  const { year, month, day } = clock.at(after);
  for (let i = 0; i <= MAX_DAYS; i += 1) {
    const date = new Date(Date.UTC(year, month - 1, day + i));
    if (!isDay(fields, date)) continue;
    const due = firstOf(momentsOf(fields, date, clock), after);
    if (due !== undefined) return due;
  }
  return undefined;
}

function* momentsOf(
  { hours, minutes }: Fields,
  date: Date,
  clock: ReturnType<typeof wallClock>,
): Generator<Date[]> {
  for (const hour of hours)
    yield minutes
      .flatMap((minute) => clock.instants(date, hour, minute))
      .toSorted((a, b) => a.getTime() - b.getTime());
}

function firstOf(hours: Iterable<Date[]>, after: Date): Date | undefined {
  for (const moments of hours)
    for (const moment of moments) if (moment.getTime() > after.getTime()) return moment;
  return undefined;
}

/** Where both days of month and of week are told, either is enough. */
function isDay({ dayOfMonth, month, dayOfWeek }: Fields, date: Date): boolean {
  if (!month.values.has(date.getUTCMonth() + 1)) return false;
  const byMonth = dayOfMonth.values.has(date.getUTCDate());
  const byWeek = dayOfWeek.values.has(date.getUTCDay());
  return dayOfMonth.any || dayOfWeek.any ? byMonth && byWeek : byMonth || byWeek;
}

function sorted({ values }: ParsedField): number[] {
  return [...values].sort((a, b) => a - b);
}

function namesOf(words: string, first: number): Readonly<Record<string, number>> {
  return Object.fromEntries(words.split(' ').map((word, i) => [word, first + i]));
}
