/**
 * Flag tables: each service declares its flags once, with upstream's names, and gets typed options, `--help`
 * and its part of docs/reference from the table. Every fault is reported at once; nothing misspelt is ignored.
 */

interface FlagTypes {
  string: string;
  bool: boolean;
  int: number;
  /** A Go duration such as `1h30m`; the option is in milliseconds. */
  duration: number;
  /** Comma-separated, and may be given several times. */
  strings: readonly string[];
}

export type FlagType = keyof FlagTypes;

export interface Flag<T extends FlagType = FlagType> {
  readonly type: T;
  readonly help: string;
  /** Written as on the command line. Without one the option is undefined unless given. */
  readonly default?: string;
  readonly required?: boolean;
  /** The only values accepted. */
  readonly oneOf?: readonly string[];
  /** Old spelling of the flag named here; accepted with a warning. */
  readonly deprecatedFor?: string;
  /** Of upstream's, and why it does nothing here; accepted with a warning, so that upstream's manifests start. */
  readonly noEffect?: string;
}

export type FlagTable = Readonly<Record<string, Flag>>;

type Present<F> = F extends { default: string } | { required: true } ? true : false;
type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
type ValueOf<F> =
  F extends Flag<infer T> ? (Present<F> extends true ? FlagTypes[T] : FlagTypes[T] | undefined) : never;
/** The options that a table parses to: `--service-cluster-ip-range` becomes `serviceClusterIpRange`. */
export type Options<T extends FlagTable> = {
  readonly [K in keyof T & string as T[K] extends NoOption ? never : Camel<K>]: ValueOf<T[K]>;
};
type NoOption = { deprecatedFor: string } | { noEffect: string };

/** All faults of a command line at once. */
export class FlagError extends Error {
  override name = 'FlagError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/** Declares a flag table, keeping its literal types. */
export function defineFlags<const T extends FlagTable>(table: T): T {
  return table;
}

/**
 * Parses a command line (without the program's own name) against a table.
 * @returns the options, and a warning for each flag that is deprecated or without effect.
 * @throws FlagError naming every unknown flag, malformed value and missing flag.
 */
export function parseFlags<T extends FlagTable>(
  table: T,
  argv: readonly string[],
): { options: Options<T>; warnings: string[] } {
  const faults: string[] = [];
  const warnings: string[] = [];
  const given = new Map<string, string[]>();
  for (const { name, value } of words(table, argv, faults)) {
    const { deprecatedFor: replacement, noEffect } = table[name]!;
    if (replacement !== undefined) warnings.push(`--${name} is deprecated, use --${replacement}`);
    if (noEffect !== undefined) warnings.push(`--${name} has no effect: ${noEffect}`);
    const target = replacement ?? name;
    given.set(target, [...(given.get(target) ?? []), value]);
  }
  const options: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(table)) {
    if (flag.deprecatedFor !== undefined) continue;
    const values = given.get(name) ?? (flag.default === undefined ? [] : [flag.default]);
    if (values.length === 0 && flag.required) faults.push(`--${name} is required: ${flag.help}`);
    const value = values.length === 0 ? undefined : parseValue(name, flag, values, faults);
    if (flag.noEffect === undefined) options[camelCase(name)] = value;
  }
  if (faults.length > 0) throw new FlagError(faults);
  return { options: options as Options<T>, warnings };
}

/** Splits the command line into flags and their values, both `--a=b` and `--a b`, `-a` for a name of one letter; a lone bool flag is true. */
function words(
  table: FlagTable,
  argv: readonly string[],
  faults: string[],
): { name: string; value: string }[] {
  const found: { name: string; value: string }[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i]!;
    const match = /^(?:--([^=]+)|-([a-zA-Z]))(?:=(.*))?$/s.exec(word);
    if (match === null) {
      faults.push(`unexpected argument ${JSON.stringify(word)}`);
      continue;
    }
    const [, long, letter, inlineValue] = match;
    const name = long ?? letter!;
    const flag = Object.hasOwn(table, name) ? table[name] : undefined;
    if (flag === undefined) faults.push(`unknown flag: ${long === undefined ? '-' : '--'}${name}`);
    else if (inlineValue !== undefined) found.push({ name, value: inlineValue });
    else if (flag.type === 'bool') found.push({ name, value: 'true' });
    else if (i + 1 < argv.length) found.push({ name, value: argv[++i]! });
    else faults.push(`flag needs an argument: --${name}`);
  }
  return found;
}

function parseValue(name: string, flag: Flag, values: readonly string[], faults: string[]): unknown {
  const value = values[values.length - 1]!;
  if (flag.type === 'strings') {
    const parts = values.flatMap((v) => v.split(',')).filter((v) => v !== '');
    for (const part of parts) checkOneOf(name, flag, part, faults);
    return parts;
  }
  checkOneOf(name, flag, value, faults);
  const parsed = parsers[flag.type](value);
  if (parsed === undefined)
    faults.push(`invalid value ${JSON.stringify(value)} for --${name}: expected ${TAKES[flag.type]}`);
  return parsed;
}

function checkOneOf(name: string, flag: Flag, value: string, faults: string[]): void {
  if (flag.oneOf !== undefined && !flag.oneOf.includes(value))
    faults.push(
      `invalid value ${JSON.stringify(value)} for --${name}: expected one of ${flag.oneOf.join(', ')}`,
    );
}

const TAKES = {
  string: 'text',
  bool: 'true or false',
  int: 'a whole number',
  duration: 'a duration such as 1h30m',
};

const parsers = {
  string: (value: string) => value,
  bool: (value: string) => (value === 'true' ? true : value === 'false' ? false : undefined),
  int: (value: string) => (/^-?\d{1,15}$/.test(value) ? Number(value) : undefined),
  duration: parseDuration,
};

const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  ns: 1e-6,
};

/** Go's `time.ParseDuration`, in milliseconds; undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^([+-]?)((?:\d+(?:\.\d+)?(?:h|ms|m|s|us|ns))+)$/.exec(text);
  if (match === null) return undefined;
  let totalMs = 0;
  for (const [, number, unit] of match[2]!.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|ns)/g))
    totalMs += Number(number) * UNIT_MS[unit!]!;
  return match[1] === '-' ? -totalMs : totalMs;
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The text of `--help`: each flag, what it takes, its default; at the end those without effect. */
export function flagHelp(program: string, table: FlagTable): string {
  const idle = Object.keys(table).filter((name) => table[name]!.noEffect !== undefined);
  const rows = Object.entries(table)
    .filter(([, flag]) => flag.deprecatedFor === undefined && flag.noEffect === undefined)
    .map(([name, flag]) => {
      const suffix = flag.required
        ? ' (required)'
        : flag.default === undefined
          ? ''
          : ` (default ${JSON.stringify(flag.default)})`;
      return `  --${name} ${flag.type}\n        ${flag.help}${suffix}`;
    });
  if (idle.length > 0)
    rows.push(`\nOf upstream's, accepted without effect: ${idle.map((name) => `--${name}`).join(', ')}`);
  return `Usage: ${program} [flags]\n\n${rows.join('\n')}\n`;
}
