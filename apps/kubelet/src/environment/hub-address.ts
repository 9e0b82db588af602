import type { Service } from '@hawser/api';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep, unlessAborted } from '@hawser/runtime';
import { logFailure } from '../log-failure.ts';
import { askProxyMode } from './proxy-mode.ts';

/** Where pods of this node find the API server: for their environment, and for the names of the Service `kubernetes`. */
export interface HubAddress {
  /** An address; a name only if the kubelet itself knows the API server by a name and nothing serves virtual IPs. */
  readonly host: string;
  readonly port: string;
}

export interface HubAddressSourceOptions {
  /** The URL by which the kubelet itself reaches the API server. */
  readonly server: string;
  /** `HOST:PORT` of kube-proxy's metrics; empty where the node has none. */
  readonly kubeProxyAddress: string;
  /** The Service `kubernetes` in `default`, as it is known now. */
  readonly service: () => Service | undefined;
  /** Of the kubelet itself: kube-proxy is asked for all pods, and not for the first that waits for it. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
}

const POLL_MS = 200;

/**
 * Knows where pods find the API server. Where kube-proxy makes virtual IPs work that is the Service's ClusterIP;
 * elsewhere the address that the kubelet itself uses, since nothing on the node would answer for another. Kube-proxy
 * is asked once, before the first pod that is to know: a pod keeps the environment that it started with.
 */
export class HubAddressSource {
  readonly #options: HubAddressSourceOptions;
  #mode: Promise<string> | undefined;

  constructor(options: HubAddressSourceOptions) {
    this.#options = options;
  }

  /** Resolves once it is known, however long that takes. @throws the signal's reason when it aborts first. */
  async get(signal: AbortSignal): Promise<HubAddress> {
    this.#mode ??= this.#askMode(this.#options.signal);
    if ((await unlessAborted(this.#mode, signal)) === 'none') return serverAddress(this.#options.server);
    for (;;) {
      const found = virtualAddress(this.#options.service());
      if (found !== undefined) return found;
      await sleep(POLL_MS, signal, this.#options.clock);
    }
  }

  async #askMode(signal: AbortSignal): Promise<string> {
    const { kubeProxyAddress, clock, logger } = this.#options;
    const backoff = new Backoff({ initialMs: 100, maxMs: 2_000 });
    for (let tries = 1; kubeProxyAddress !== ''; tries += 1) {
      try {
        const mode = await askProxyMode(kubeProxyAddress, signal);
        if (mode !== 'none') return mode;
        break;
      } catch (error) {
        signal.throwIfAborted();
        logFailure(
          logger,
          error,
          tries,
          'pods wait for kube-proxy to say how it works, asking until it does',
        );
        await sleep(backoff.next(), signal, clock);
      }
    }
    const { host, port } = serverAddress(this.#options.server);
    logger.info(
      { host, port },
      'virtual IPs are not served on this node: pods get the real address of the API server',
    );
    return 'none';
  }
}

function serverAddress(server: string): HubAddress {
  const { hostname, port } = new URL(server);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port || '443' };
}

function virtualAddress(service: Service | undefined): HubAddress | undefined {
  const { clusterIP, ports = [] } = service?.spec ?? {};
  if (!clusterIP || clusterIP === 'None') return undefined;
  const port = ports.find(({ name }) => name === 'https') ?? ports[0];
  return { host: clusterIP, port: String(port?.port ?? 443) };
}
