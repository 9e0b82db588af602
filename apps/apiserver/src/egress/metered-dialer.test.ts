import { expect, test } from 'bun:test';
import { PassThrough } from 'node:stream';
import type { Dialer } from '@hawser/dial';
import { createRegistry } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import { KonnectivityDialError } from '@hawser/tunnel-konnectivity';
import { EgressMetrics } from './egress-metrics.ts';
import { MeteredDialer } from './metered-dialer.ts';

const target = { host: '10.0.0.1', port: 1 };

test('counts dials, how long they took, and at which stage they failed', async () => {
  const clock = new FakeClock();
  const registry = createRegistry();
  let failure: KonnectivityDialError | undefined;
  const dialer: Dialer = {
    encrypted: true,
    resolvesNames: true,
    async dial() {
      if (failure !== undefined) throw failure;
      clock.advance(20);
      return new PassThrough();
    },
  };
  const labels = { protocol: 'http_connect', transport: 'uds' } as const;
  const metered = new MeteredDialer({ dialer, metrics: new EgressMetrics(registry), labels, clock });
  expect([metered.encrypted, metered.resolvesNames]).toEqual([true, true]);
  await metered.dial(target);
  for (const stage of ['connect', 'proxy', 'proxy'] as const) {
    failure = new KonnectivityDialError(stage, '10.0.0.1:1', 'unix:///k', 'no');
    expect(await metered.dial(target).catch((error: unknown) => error)).toBe(failure);
  }
  const text = await registry.metrics();
  const line = (name: string, more: string) =>
    `apiserver_egress_dialer_${name}{protocol="http_connect",transport="uds"${more}}`.replace('{,', '{');
  expect(text).toContain(`${line('dial_start_total', '')} 4`);
  expect(text).toContain(
    'apiserver_egress_dialer_dial_duration_seconds_bucket{le="0.005",protocol="http_connect",transport="uds"} 0',
  );
  expect(text).toContain(
    'apiserver_egress_dialer_dial_duration_seconds_bucket{le="0.025",protocol="http_connect",transport="uds"} 1',
  );
  expect(text).toContain(`${line('dial_failure_count', ',stage="connect"')} 1`);
  expect(text).toContain(`${line('dial_failure_count', ',stage="proxy"')} 2`);
});
