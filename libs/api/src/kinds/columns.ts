import type { Column } from '../schema/kind.ts';

/** Prints how long ago a moment was, as kubectl does (`apimachinery/pkg/util/duration` `HumanDuration`). */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return withRest(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  if (years < 8) return withRest(years, 'y', days % 365, 'd');
  return `${years}y`;
}

function withRest(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** The age of a timestamp, or `<unknown>` where there is none. */
export function sinceTimestamp(timestamp: string | undefined, now: Date): string {
  return timestamp === undefined ? '<unknown>' : humanDuration(now.getTime() - Date.parse(timestamp));
}

/** The AGE column that ends nearly every table. */
export const age: Column<{ metadata: { creationTimestamp?: string } }> = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  value: (object, now) => sinceTimestamp(object.metadata.creationTimestamp, now),
};

/** The only column of kinds without printers of their own. */
export const createdAt: Column<{ metadata: { creationTimestamp?: string } }> = {
  name: 'Created At',
  type: 'date',
  description: 'When the object was created.',
  value: (object) => object.metadata.creationTimestamp ?? '',
};
