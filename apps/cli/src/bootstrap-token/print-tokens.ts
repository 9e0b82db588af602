import type { Secret } from '@hawser/api';
import { alignColumns } from '../table/align-columns.ts';
import { shortDuration } from '../table/short-duration.ts';
import { formatToken } from './bootstrap-token.ts';
import { readTokenSecret, type TokenTerms } from './token-secret.ts';

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

function timeLeft({ expiration }: TokenTerms, now: Date): string {
  return expiration ? shortDuration(expiration.getTime() - now.getTime()) : '<forever>';
}
