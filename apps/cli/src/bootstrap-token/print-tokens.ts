import type { Secret } from '@hawser/api';
import { formatToken } from './bootstrap-token.ts';
import { readTokenSecret, type TokenTerms } from './token-secret.ts';

const HEADINGS = ['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'];

/** The table of `token list`, with the columns of kubeadm's. Secrets that hold no complete token are left out. */
export function printTokens(secrets: readonly Secret[], now: Date): string {
  const rows = secrets.map(readTokenSecret).filter((each) => each !== undefined);
  const cells = rows.map(({ token, terms }) => [
    formatToken(token),
    timeLeft(terms, now),
    terms.expiration?.toISOString().replace(/\.\d+Z$/, 'Z') ?? '<never>',
    terms.usages.join(',') || '<none>',
    terms.description || '<none>',
    terms.groups.join(',') || '<none>',
  ]);
  return alignColumns([HEADINGS, ...cells]);
}

/** Rows padded so that columns line up, three blanks apart. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** As kubectl prints ages: the two largest units. */
function timeLeft({ expiration }: TokenTerms, now: Date): string {
  if (!expiration) return '<forever>';
  const seconds = Math.floor((expiration.getTime() - now.getTime()) / 1000);
  if (seconds <= 0) return '<expired>';
  const [days, hours, minutes] = [seconds / 86_400, (seconds / 3600) % 24, (seconds / 60) % 60].map(
    Math.floor,
  );
  if (days) return `${days}d${hours}h`;
  return hours ? `${hours}h${minutes}m` : `${minutes}m${seconds % 60}s`;
}
