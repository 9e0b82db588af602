import type { Secret } from '@hawser/api';
import { formatToken } from './bootstrap-token.ts';
import { shortDuration } from './short-duration.ts';
import { readTokenSecret, type TokenTerms } from './token-secret.ts';

const MIN_WIDTH = 10;
const PADDING = 3;
const HEADINGS = ['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'];

/**
 * The table of `token list`, with the columns of kubeadm's. Secrets that hold no token are left out.
 * @param complain is told of these, a line each.
 */
export function printTokens(
  secrets: readonly Secret[],
  now: Date,
  complain: (line: string) => void = () => {},
): string {
  const all = secrets.map(readTokenSecret);
  for (const each of all) if ('fault' in each) complain(each.fault);
  const rows = all.filter((each) => 'token' in each);
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

/** Rows padded as kubeadm's tabwriter does it: columns of at least ten, three blanks apart. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(MIN_WIDTH, ...rows.map((row) => (row[column]?.length ?? 0) + PADDING)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function timeLeft({ expiration }: TokenTerms, now: Date): string {
  return expiration ? shortDuration(expiration.getTime() - now.getTime()) : '<forever>';
}
