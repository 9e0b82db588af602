import { expect, test } from 'bun:test';
import { silentLogger } from '@hawser/observability';
import { chooseMode } from './choose-mode.ts';

const can = async () => undefined;
const cannot = async () => 'no rights';

test.each([
  { asked: 'auto', nftables: can, userspace: can, mode: 'nftables' },
  { asked: 'auto', nftables: cannot, userspace: can, mode: 'userspace' },
  { asked: 'auto', nftables: cannot, userspace: cannot, mode: 'none' },
  { asked: 'userspace', nftables: can, userspace: can, mode: 'userspace' },
  { asked: 'none', nftables: can, userspace: can, mode: 'none' },
])('$asked is $mode', async ({ asked, nftables, userspace, mode }) => {
  expect(await chooseMode(asked, { nftables, userspace }, silentLogger)).toBe(mode as never);
});

test('what is asked for and cannot be had is an error that says why', async () => {
  const probes = { nftables: cannot, userspace: can };
  const choosing = chooseMode('nftables', probes, silentLogger);
  await expect(choosing).rejects.toThrow('--proxy-mode nftables is not possible here: no rights');
});
