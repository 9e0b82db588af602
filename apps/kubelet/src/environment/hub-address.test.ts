import { describe, expect, test } from 'bun:test';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Service } from '@hawser/api';
import { createLogger } from '@hawser/observability';
import { systemClock as clock } from '@hawser/runtime';
import { HubAddressSource } from './hub-address.ts';
import { serviceVariables } from './service-variables.ts';

const logger = createLogger({ component: 'test', level: 'fatal' });
const server = 'https://10.77.0.1:6443';
const kubernetes = {
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] },
} as Service;

const signal = new AbortController().signal;

/** A kube-proxy that gives these answers one after the other, the last from then on. */
async function kubeProxy(...answers: { code: number; text: string }[]) {
  let asked = 0;
  const listening = createServer((_request, response) => {
    const { code, text } = answers[Math.min(asked, answers.length - 1)]!;
    asked += 1;
    response.writeHead(code).end(text);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const dispose = () => new Promise<void>((resolve) => listening.close(() => resolve()));
  return { address: `127.0.0.1:${port}`, asked: () => asked, [Symbol.asyncDispose]: dispose };
}

function sourceFor(kubeProxyAddress: string, service: () => Service | undefined = () => kubernetes) {
  return new HubAddressSource({ server, kubeProxyAddress, service, signal, clock, logger });
}

describe('where pods find the API server', () => {
  test('is where the kubelet finds it, on a node without kube-proxy', async () => {
    expect(await sourceFor('').get(signal)).toEqual({ host: '10.77.0.1', port: '6443' });
  });

  test('and on one whose kube-proxy serves no virtual IPs', async () => {
    await using proxy = await kubeProxy({ code: 200, text: 'none' });
    expect(await sourceFor(proxy.address).get(signal)).toEqual({ host: '10.77.0.1', port: '6443' });
  });

  for (const mode of ['nftables', 'userspace'])
    test(`is the Service's virtual IP where kube-proxy says ${mode}, which is asked once`, async () => {
      await using proxy = await kubeProxy({ code: 503, text: 'later' }, { code: 200, text: mode });
      const source = sourceFor(proxy.address);
      expect(await source.get(signal)).toEqual({ host: '10.96.0.1', port: '443' });
      expect(await source.get(signal)).toEqual({ host: '10.96.0.1', port: '443' });
      expect(proxy.asked()).toBe(2);
    });

  test('is waited for while the Service is not there', async () => {
    await using proxy = await kubeProxy({ code: 200, text: 'nftables' });
    let looks = 0;
    const source = sourceFor(proxy.address, () => (++looks < 3 ? undefined : kubernetes));
    expect((await source.get(signal)).host).toBe('10.96.0.1');
    expect(looks).toBe(3);
  });

  test('is no longer waited for by a pod that ends, and still found for the next', async () => {
    await using proxy = await kubeProxy(...Array(3).fill({ code: 503, text: '' }), {
      code: 200,
      text: 'nftables',
    });
    const source = sourceFor(proxy.address);
    const ending = new AbortController();
    const waiting = source.get(ending.signal);
    ending.abort(new Error('ended'));
    await expect(waiting).rejects.toThrow('ended');
    expect(await source.get(signal)).toEqual({ host: '10.96.0.1', port: '443' });
    expect(proxy.asked()).toBe(4);
  });
});

test('the variables name it, an address of IPv6 in brackets where it is part of a URL', () => {
  expect(Object.fromEntries(serviceVariables({ host: 'fd00::1', port: '443' }))).toMatchObject({
    KUBERNETES_SERVICE_HOST: 'fd00::1',
    KUBERNETES_SERVICE_PORT: '443',
    KUBERNETES_PORT: 'tcp://[fd00::1]:443',
  });
});
