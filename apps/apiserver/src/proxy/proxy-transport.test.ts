import { describe, expect, test } from 'bun:test';
import { PassThrough } from 'node:stream';
import type { Dialer, Target } from '@hawser/dial';
import { parseRequestInfo } from '@hawser/http';
import { ProxyTransport, type ProxyTransportOptions } from './proxy-transport.ts';

const info = parseRequestInfo('GET', '/api/v1/namespaces/a/pods/b:80/proxy/');
const signal = new AbortController().signal;

/** A transport whose dialer connects to nothing, and where it was asked to. */
function transport(options: Partial<ProxyTransportOptions> = {}, encrypted?: boolean) {
  const dialled: Target[] = [];
  const dialer: Dialer = {
    ...(encrypted === undefined ? {} : { encrypted }),
    dial: async (target) => {
      dialled.push(target);
      return new PassThrough();
    },
  };
  const made = new ProxyTransport({
    ...{ dialer, readCa: () => '', readCertificate: () => ({}) },
    ...{ allowLoopback: false, allowPlain: false, forbidInsecure: false, ...options },
  });
  const connect = (address: string) => {
    const target = { scheme: 'http', address, port: 80, serverName: address, insecure: false } as const;
    return made.connect(target, info, signal);
  };
  return { connect, dialled };
}

describe('plain HTTP', () => {
  test('goes over no link that others may listen on', async () => {
    const { connect, dialled } = transport();
    await expect(connect('10.0.0.1')).rejects.toMatchObject({ code: 403, reason: 'Forbidden' });
    await expect(connect('10.0.0.1')).rejects.toThrow(
      'pods "b:80" is forbidden: plain HTTP would go to 10.0.0.1',
    );
    expect(dialled).toEqual([]);
  });

  const ways: { name: string; address: string; made: ReturnType<typeof transport> }[] = [
    { name: 'within the machine', address: '127.0.0.1', made: transport() },
    { name: 'through a tunnel', address: '10.0.0.1', made: transport({}, true) },
    { name: 'where it is allowed', address: '10.0.0.1', made: transport({ allowPlain: true }) },
  ];
  for (const { name, address, made } of ways)
    test(`goes ${name}`, async () => {
      await made.connect(address);
      expect(made.dialled).toEqual([{ host: address, port: 80 }]);
    });
});
