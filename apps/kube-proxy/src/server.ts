import { metricsRoute, type PlainRoute, plainRoutes, startPlainServer } from '@hawser/http';
import { createRegistry, type Logger } from '@hawser/observability';
import { aborted } from '@hawser/runtime';
import type { KubeProxyOptions } from './options.ts';

/** Runs a kube-proxy until the signal aborts. */
export async function runKubeProxy(
  options: KubeProxyOptions,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const mode = options.proxyMode === 'auto' ? 'none' : options.proxyMode;
  if (mode !== 'none') throw new Error(`--proxy-mode ${mode} is not there yet`);
  const answer =
    (text: string): PlainRoute =>
    () => ({ code: 200, text });
  const health = new Map<string, PlainRoute>([
    ['/healthz', answer('ok')],
    ['/livez', answer('ok')],
  ]);
  const metrics = new Map<string, PlainRoute>([
    ['/metrics', metricsRoute(createRegistry())],
    ['/proxyMode', answer(mode)],
  ]);
  await using _health = await listen(options.healthzBindAddress, health, logger);
  await using _metrics = await listen(options.metricsBindAddress, metrics, logger);
  logger.warn({ mode }, 'virtual IPs are not served on this node: pods get the real address of the hub');
  await aborted(signal);
}

function listen(address: string, routes: ReadonlyMap<string, PlainRoute>, logger: Logger) {
  const { hostname, port } = new URL(`http://${address}`);
  return startPlainServer(hostname, Number(port), plainRoutes(routes, logger));
}
