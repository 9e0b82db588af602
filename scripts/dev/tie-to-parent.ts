/**
 * What to put before a command so that it gets a signal when its parent dies, however that dies: Linux's
 * PR_SET_PDEATHSIG by way of setpriv (util-linux). Nothing where there is no setpriv: what a killed parent leaves
 * behind is then found by the next start, which says so.
 */
export function tieToParent(signal: 'TERM' | 'INT'): readonly string[] {
  return Bun.which('setpriv') ? ['setpriv', '--pdeathsig', signal, '--'] : [];
}
