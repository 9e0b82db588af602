const UNITS: readonly [unit: string, nanoseconds: number][] = [
  ['h', 3_600e9],
  ['m', 60e9],
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
  ['µs', 1e3],
  ['ns', 1],
];

/** Nanoseconds of a Go duration such as `1h30m` or `1.5s`; nothing where it is not one. */
export function parseGoDuration(text: string): number | undefined {
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/.exec(text) ?? [];
  if (rest === '0') return 0;
  if (!/^(\d+(\.\d*)?(h|m|s|ms|us|µs|ns))+$/.test(rest)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of rest.matchAll(/([\d.]+)([a-zµ]+)/g))
    sum += Number(amount) * UNITS.find(([name]) => name === unit)![1];
  return Math.round(sign === '-' ? -sum : sum);
}

/** What Go's `time.ParseDuration` says of a text that is no duration. */
export function goDurationFault(text: string): string {
  const quoted = JSON.stringify(text);
  let rest = text.replace(/^[+-]/, '');
  while (rest !== '') {
    const [number = ''] = /^(\d+(\.\d*)?|\.\d+)/.exec(rest) ?? [];
    if (number === '') break;
    const [unit = ''] = /^[^.\d]+/.exec(rest.slice(number.length)) ?? [];
    if (unit === '') return `time: missing unit in duration ${quoted}`;
    if (!UNITS.some(([name]) => name === unit))
      return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
    rest = rest.slice(number.length + unit.length);
  }
  return `time: invalid duration ${quoted}`;
}

/** Nanoseconds as Go prints them: `1h30m0s`, `1.5s`, `20ms`. */
export function formatGoDuration(nanoseconds: number): string {
  const size = Math.abs(nanoseconds);
  const sign = nanoseconds < 0 ? '-' : '';
  if (size < 1e9) {
    const [unit, scale] = size < 1e3 ? ['ns', 1] : size < 1e6 ? ['µs', 1e3] : ['ms', 1e6];
    return size === 0 ? '0s' : `${sign}${size / (scale as number)}${unit}`;
  }
  const hours = Math.floor(size / 3_600e9);
  const minutes = Math.floor((size % 3_600e9) / 60e9);
  const seconds = (size % 60e9) / 1e9;
  const whole = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '';
  return `${sign}${whole}${seconds}s`;
}
