import { CronError } from './cron-error.ts';

/** What values a field of a schedule takes. */
export interface FieldBounds {
  readonly min: number;
  readonly max: number;
  /** Names for values, in lower case. */
  readonly names?: Readonly<Record<string, number>>;
}

/** The values that a field allows. */
export interface ParsedField {
  readonly values: ReadonlySet<number>;
  /** Whether the field says `*` or `?`: days of month and of week restrict each other then. */
  readonly any: boolean;
}

/**
 * Parses a field such as `*`, `1,3-5`, or a range with a step (robfig/cron, whose messages these are).
 * @throws CronError
 */
export function parseField(text: string, bounds: FieldBounds): ParsedField {
  const values = new Set<number>();
  let any = false;
  for (const part of text.split(',').filter((one) => one !== '')) {
    const range = parseRange(part, bounds);
    any ||= range.any;
    for (let value = range.start; value <= range.end; value += range.step) values.add(value);
  }
  return { values, any };
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly any: boolean;
}

function parseRange(text: string, bounds: FieldBounds): Range {
  const [range = '', stepText, ...moreSteps] = text.split('/');
  const [low = '', high, ...moreHyphens] = range.split('-');
  const isAny = low === '*' || low === '?';
  if (moreHyphens.length > 0 && !isAny) throw new CronError(`too many hyphens: ${text}`);
  if (moreSteps.length > 0) throw new CronError(`too many slashes: ${text}`);
  const start = isAny ? bounds.min : parseValue(low, bounds);
  let end = isAny ? bounds.max : high === undefined ? start : parseValue(high, bounds);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  // `5/10` means from 5 on.
  if (stepText !== undefined && !isAny && high === undefined) end = bounds.max;
  if (start < bounds.min)
    throw new CronError(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  if (end > bounds.max) throw new CronError(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  return { start, end, step, any: isAny && step === 1 };
}

function parseValue(text: string, { names = {} }: FieldBounds): number {
  const name = text.toLowerCase();
  return Object.hasOwn(names, name) ? names[name]! : parseNumber(text);
}

function parseNumber(text: string): number {
  if (!/^[-+]?\d{1,9}$/.test(text))
    throw new CronError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  const number = Number(text);
  if (number < 0) throw new CronError(`negative number (${number}) not allowed: ${text}`);
  return number;
}
