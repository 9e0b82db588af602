import type { Lease } from '@hawser/api';

/** Upstream's `IsLeaseValid`: renewed, or at least acquired, within its own duration. */
export function isLeaseValid({ spec }: Lease, nowMs: number): boolean {
  const renewed = spec?.renewTime ?? spec?.acquireTime;
  if (renewed === undefined || spec?.leaseDurationSeconds === undefined) return false;
  return Date.parse(renewed) + spec.leaseDurationSeconds * 1000 > nowMs;
}
