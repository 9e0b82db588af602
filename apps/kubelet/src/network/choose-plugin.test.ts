import { describe, expect, test } from 'bun:test';
import { choosePlugin, type Machine, NetworkPluginError } from './choose-plugin.ts';

const tools = { ip: '/ip', unshare: '/u', nsenter: '/n', bridge: undefined, nft: '/nft' };
const able: Machine = { platform: 'linux', uid: 0, found: { tools }, probe: async () => ({}) };

describe('--network-plugin', () => {
  test('auto is kubenet where the machine allows it', async () => {
    expect(await choosePlugin('auto', '10.0.0.1', able)).toEqual({ name: 'kubenet', tools });
  });

  const unable: { machine: Machine; why: string }[] = [
    { machine: { ...able, uid: 1000 }, why: 'network namespaces need root' },
    { machine: { ...able, platform: 'darwin' }, why: 'network namespaces need Linux' },
    {
      machine: { ...able, found: { missing: ['ip'] } },
      why: 'not found: ip (Debian: apt-get install iproute2 util-linux)',
    },
    { machine: { ...able, probe: async () => ({ kubenet: 'not permitted' }) }, why: 'not permitted' },
  ];
  for (const { machine, why } of unable)
    test(`auto is host elsewhere, kubenet is refused: ${why}`, async () => {
      expect(await choosePlugin('auto', '10.0.0.1', machine)).toEqual({ name: 'host', why });
      await expect(choosePlugin('kubenet', '10.0.0.1', machine)).rejects.toThrow(
        new NetworkPluginError(`--network-plugin kubenet: ${why}`),
      );
    });

  test('without a working nft it is kubenet with what is left, and why', async () => {
    const machine = { ...able, probe: async () => ({ nft: 'no such module' }) };
    expect(await choosePlugin('auto', '10.0.0.1', machine)).toEqual({
      name: 'kubenet',
      tools: { ...tools, nft: undefined },
      withoutNft: 'no such module',
    });
  });

  test('auto is host on a loopback address, whose machine is others’, too', async () => {
    expect((await choosePlugin('auto', '127.0.1.1', able)).name).toBe('host');
    expect((await choosePlugin('kubenet', '127.0.1.1', able)).name).toBe('kubenet');
  });

  test('host is host', async () => expect((await choosePlugin('host', '10.0.0.1', able)).name).toBe('host'));
});
