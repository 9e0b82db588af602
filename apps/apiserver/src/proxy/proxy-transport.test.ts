import { describe, expect, test } from 'bun:test';
import { Duplex } from 'node:stream';
import type { Dialer, Target } from '@hawser/dial';
import { parseRequestInfo } from '@hawser/http';
import type { AddressTarget } from './proxy-target.ts';
import { ProxyTransport, type ProxyTransportOptions } from './proxy-transport.ts';

const info = parseRequestInfo('GET', '/api/v1/namespaces/a/pods/b:80/proxy/');
const signal = new AbortController().signal;

/** A transport whose dialer connects to nothing, and where it was asked to. */
function transport(options: Partial<ProxyTransportOptions> = {}, encrypted?: boolean) {
  const dialled: Target[] = [];
  const streams: Duplex[] = [];
  const dialer: Dialer = {
    ...(encrypted === undefined ? {} : { encrypted }),
    dial: async (target) => {
      dialled.push(target);
      // What is written comes nowhere, and nothing comes back.
      const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
      streams.push(stream);
      return stream;
    },
  };
  const made = new ProxyTransport({
    ...{ dialer, readCa: () => '', readCertificate: () => ({}) },
    ...{ allowLoopback: false, allowPlain: false, forbidInsecure: false, ...options },
  });
  const connect = (address: string) => {
    const place = { scheme: 'http', address, port: 80, node: 'node-1' } as const;
    return made.connect({ ...place, serverName: address, insecure: false }, info, signal);
  };
  return { connect, dialled, made, streams };
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
      expect(made.dialled).toEqual([{ host: address, port: 80, node: 'node-1' }]);
    });
});

test('a handshake that nobody answers is given up with the client', async () => {
  const { made, streams } = transport();
  const gone = new AbortController();
  const target = { scheme: 'https', address: '10.0.0.1', port: 443, serverName: '10.0.0.1', insecure: true };
  const connected = made.connect(target as AddressTarget, info, gone.signal);
  connected.catch(() => {});
  // The dialer has answered by then.
  await Promise.resolve();
  await Promise.resolve();
  expect(streams).toHaveLength(1);
  gone.abort();
  await expect(connected).rejects.toThrow('canceled');
  expect(streams[0]!.destroyed).toBe(true);
});

test('nothing is dialled that could not be verified', async () => {
  const readCa = () => {
    throw new Error('no such file');
  };
  const { made, dialled } = transport({ readCa });
  const target = { scheme: 'https', address: '10.0.0.1', port: 443, serverName: '10.0.0.1', insecure: false };
  await expect(made.connect(target as AddressTarget, info, signal)).rejects.toThrow('no such file');
  expect(dialled).toEqual([]);
});
