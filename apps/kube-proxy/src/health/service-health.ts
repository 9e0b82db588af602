import type { RequestListener } from 'node:http';
import { joinHostPort } from '@hawser/dial';
import { type PlainServer, startPlainServer } from '@hawser/http';
import type { Logger } from '@hawser/observability';
import type { WantedPort } from '../services/wanted-services.ts';

export interface ServiceHealthOptions {
  /** Where node ports are served. */
  readonly addresses: () => readonly string[];
  readonly isProxyHealthy: () => boolean;
  readonly logger: Logger;
}

/** How many endpoints a Service has on this node. */
interface LocalEndpoints {
  readonly service: string;
  readonly count: number;
}

/**
 * Tells load balancers, at the health check node ports of Services under `externalTrafficPolicy: Local`, whether this
 * node has endpoints (pkg/proxy/healthcheck `ServiceHealthServer`).
 */
export class ServiceHealth implements AsyncDisposable {
  #byPort: ReadonlyMap<number, LocalEndpoints> = new Map();
  /** By address and port. */
  readonly #servers = new Map<string, PlainServer>();
  readonly #failed = new Set<string>();

  constructor(private readonly options: ServiceHealthOptions) {}

  /** Answers for these ports from now on, and for no others. Where it cannot listen it says so once and tries again. */
  async sync(ports: readonly WantedPort[]): Promise<void> {
    this.#byPort = localEndpointsByPort(ports);
    const wanted = new Map<string, { host: string; port: number }>();
    for (const port of this.#byPort.keys())
      for (const host of this.options.addresses()) wanted.set(joinHostPort({ host, port }), { host, port });
    for (const [key, server] of this.#servers)
      if (!wanted.has(key)) {
        this.#servers.delete(key);
        await server[Symbol.asyncDispose]();
      }
    for (const [key, { host, port }] of wanted)
      if (!this.#servers.has(key)) await this.#listen(key, host, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) await server[Symbol.asyncDispose]();
    this.#servers.clear();
  }

  async #listen(key: string, host: string, port: number): Promise<void> {
    try {
      this.#servers.set(key, await startPlainServer(host, port, this.#answer(port)));
      this.#failed.delete(key);
    } catch (error) {
      if (!this.#failed.has(key))
        this.options.logger.warn({ error, address: key }, 'cannot answer health checks');
      this.#failed.add(key);
    }
  }

  /** Whatever path is asked for: load balancers have their own ideas. */
  #answer(port: number): RequestListener {
    return (_, response) => {
      const { service, count } = this.#byPort.get(port) ?? { service: '/', count: 0 };
      const [namespace, name] = service.split('/');
      const serviceProxyHealthy = this.options.isProxyHealthy();
      const text = { service: { namespace, name }, localEndpoints: count, serviceProxyHealthy };
      response.writeHead(count > 0 && serviceProxyHealthy ? 200 : 503, {
        'content-type': 'application/json',
        'x-content-type-options': 'nosniff',
        'x-load-balancing-endpoint-weight': `${count}`,
      });
      response.end(JSON.stringify(text, undefined, '\t'));
    };
  }
}

/** The ready endpoints here of each Service that has such a port, each address once. */
function localEndpointsByPort(ports: readonly WantedPort[]): Map<number, LocalEndpoints> {
  const addresses = new Map<number, { service: string; ips: Set<string> }>();
  for (const { healthCheckNodePort, service, endpoints } of ports) {
    if (healthCheckNodePort === 0) continue;
    const known = addresses.get(healthCheckNodePort) ?? { service, ips: new Set() };
    addresses.set(healthCheckNodePort, known);
    for (const { ip, isReady } of endpoints.local) if (isReady) known.ips.add(ip);
  }
  return new Map([...addresses].map(([port, { service, ips }]) => [port, { service, count: ips.size }]));
}
