import { expect, test } from 'bun:test';
import { parseDependencies } from './shared-libraries.mjs';

test('reads what a package depends on: the first of alternatives, nothing that is merely suggested', () => {
  const output = `nftables
  Depends: libnftables1
  PreDepends: libc6
 |Depends: libedit2
 |Depends: <libedit>
  Depends: libother
  Depends: libmnl0
  Recommends: netbase
  Suggests: libfirewalld
`;
  expect(parseDependencies(output)).toEqual(['libnftables1', 'libc6', 'libedit2', 'libmnl0']);
});
