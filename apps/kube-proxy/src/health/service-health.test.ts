import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { silentLogger } from '@hawser/observability';
import type { Endpoint } from '../services/endpoint.ts';
import { sampleEndpoint, wantedPort } from '../testing/samples.ts';
import { ServiceHealth } from './service-health.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('load balancers hear whether this node has endpoints and follows the hub, for as long as the Service asks for it', async () => {
  const port = await freePort();
  let isHealthy = true;
  await using health = new ServiceHealth({
    addresses: () => ['127.0.0.1'],
    isProxyHealthy: () => isHealthy,
    logger: silentLogger,
  });
  const sync = (...local: Endpoint[]) => {
    const wanted = wantedPort(local, { healthCheckNodePort: port, externalPolicyLocal: true });
    const ports = ['a', 'b'].map((portName) => ({
      ...wanted,
      portName,
      endpoints: { ...wanted.endpoints, local },
    }));
    return health.sync(ports);
  };
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
    const weight = answer.headers.get('x-load-balancing-endpoint-weight');
    return Object.assign({ code: answer.status, weight }, await answer.json()) as Record<string, unknown>;
  };
  await sync(
    sampleEndpoint(1),
    sampleEndpoint(2),
    sampleEndpoint(3, { isReady: false, isTerminating: true }),
  );
  expect(await ask()).toEqual({
    code: 200,
    weight: '2',
    service: { namespace: 'ns', name: 'web' },
    localEndpoints: 2,
    serviceProxyHealthy: true,
  });
  isHealthy = false;
  expect(await ask()).toMatchObject({ code: 503, localEndpoints: 2, serviceProxyHealthy: false });
  isHealthy = true;
  await sync();
  expect(await ask()).toMatchObject({ code: 503, localEndpoints: 0 });
  await health.sync([]);
  await expect(ask()).rejects.toThrow();
});
