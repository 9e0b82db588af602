const UNITS_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** @returns milliseconds from a `grpc-timeout` header; undefined where it is none (gRPC over HTTP/2, "Timeout"). */
export function parseTimeout(text: string): number | undefined {
  const [, value, unit] = /^([0-9]{1,8})([HMSmun])$/.exec(text) ?? [];
  return value === undefined ? undefined : Math.ceil(Number(value) * UNITS_MS[unit!]!);
}
