import { describe, expect, test } from 'bun:test';
import { choosePlugin, NetworkPluginError } from './choose-plugin.ts';

const tools = { ip: '/ip', unshare: '/u', nsenter: '/n', bridge: undefined, nft: undefined };
const able = { platform: 'linux', uid: 0, found: { tools } };

describe('--network-plugin', () => {
  test('auto is kubenet where the machine allows it', () => {
    expect(choosePlugin('auto', '10.0.0.1', able)).toEqual({ name: 'kubenet', tools });
  });

  const unable = [
    { machine: { ...able, uid: 1000 }, why: 'network namespaces need root' },
    { machine: { ...able, platform: 'darwin' }, why: 'network namespaces need Linux' },
    {
      machine: { ...able, found: { missing: ['ip'] } },
      why: 'not found: ip (Debian: apt-get install iproute2 util-linux)',
    },
  ];
  for (const { machine, why } of unable)
    test(`auto is host elsewhere, kubenet is refused: ${why}`, () => {
      expect(choosePlugin('auto', '10.0.0.1', machine)).toEqual({ name: 'host', why });
      expect(() => choosePlugin('kubenet', '10.0.0.1', machine)).toThrow(
        new NetworkPluginError(`--network-plugin kubenet: ${why}`),
      );
    });

  test('auto is host on a loopback address, whose machine is others’, too', () => {
    expect(choosePlugin('auto', '127.0.1.1', able).name).toBe('host');
    expect(choosePlugin('kubenet', '127.0.1.1', able).name).toBe('kubenet');
  });

  test('host is host', () => expect(choosePlugin('host', '10.0.0.1', able).name).toBe('host'));
});
