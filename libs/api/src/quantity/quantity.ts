/** Resource quantities such as `500m`, `1.5Gi`, `2e3` (apimachinery/pkg/api/resource/quantity.go). */

export class QuantityError extends Error {
  override name = 'QuantityError';
}

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount, counted in billionths; finer fractions round up, as upstream's do. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const NANO = 1_000_000_000n;
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};
const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/;

/** @throws QuantityError, with upstream's message, where the text is no quantity. */
export function parseQuantity(text: string): Quantity {
  const match = SYNTAX.exec(text);
  if (match === null || text.length > 64 || (match[2] === '' && !match[3]))
    throw new QuantityError(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = match;
  const digits = BigInt(`${whole}${fraction}` || '0');
  const scale = 10n ** BigInt(fraction.length);
  const multiplier = BINARY[suffix];
  const power = exponent !== undefined ? Number(exponent.slice(1)) : (DECIMAL[suffix] ?? 0);
  const nano =
    multiplier !== undefined ? ceilDivide(digits * multiplier * NANO, scale) : scaled(digits, power, scale);
  const format =
    multiplier !== undefined ? 'BinarySI' : exponent !== undefined ? 'DecimalExponent' : 'DecimalSI';
  return { nano: sign === '-' ? -nano : nano, format };
}

function scaled(digits: bigint, power: number, scale: bigint): bigint {
  const numerator = digits * NANO;
  return power >= 0
    ? ceilDivide(numerator * 10n ** BigInt(power), scale)
    : ceilDivide(numerator, scale * 10n ** BigInt(-power));
}

function ceilDivide(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

/** The canonical text: no fraction where a suffix can carry it, the largest suffix that keeps it exact. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  const magnitude = nano < 0n ? -nano : nano;
  // Upstream prints binary amounts below 1024, and those with a fraction, in decimal form.
  if (format === 'BinarySI' && magnitude >= 1024n * NANO && magnitude % NANO === 0n)
    return sign + binaryText(magnitude / NANO);
  return sign + decimalText(magnitude, format === 'DecimalExponent');
}

function binaryText(units: bigint): string {
  const fitting = Object.entries(BINARY).filter(([, size]) => units % size === 0n);
  const [suffix, size] = fitting[fitting.length - 1] ?? ['', 1n];
  return `${units / size}${suffix}`;
}

function decimalText(nano: bigint, exponentForm: boolean): string {
  let power = -9;
  let mantissa = nano;
  while (power < 18 && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    power += 3;
  }
  if (exponentForm) return power === 0 ? `${mantissa}` : `${mantissa}e${power}`;
  return mantissa + Object.keys(DECIMAL).find((suffix) => DECIMAL[suffix] === power)!;
}

/** The canonical text of a quantity given as text or number. @throws QuantityError */
export function canonicalQuantity(value: string | number): string {
  return formatQuantity(parseQuantity(String(value)));
}

/** The amount in thousandths, rounded up: what CPU is counted in. */
export function milliValue(quantity: Quantity): number {
  return Number(ceilSigned(quantity.nano, 1_000_000n));
}

/** The amount in whole units, rounded up: what memory and pods are counted in. */
export function wholeValue(quantity: Quantity): number {
  return Number(ceilSigned(quantity.nano, NANO));
}

function ceilSigned(nano: bigint, unit: bigint): bigint {
  return nano >= 0n ? ceilDivide(nano, unit) : nano / unit;
}
