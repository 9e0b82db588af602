import { isDeepStrictEqual } from 'node:util';
import {
  ApiError,
  type EndpointSlice,
  type Endpoints,
  endpointSlices,
  endpoints,
  type Kind,
  type Service,
  services,
} from '@hawser/api';
import type { Logger } from '@hawser/observability';
import { type AnyObject, createObject, type Resource, updateObject } from '@hawser/registry';
import { ownWrite } from '../bootstrap/own-write.ts';
import type { Resources } from '../hub.ts';

const NAMESPACE = 'default';
const NAME = 'kubernetes';
const PORT_NAME = 'https';
const SERVICE_PORT = 443;
/** As upstream's reconcilers: what others changed is put back this soon at the latest. */
const INTERVAL_MS = 10_000;

export interface KubernetesServiceOptions {
  readonly resources: Resources;
  readonly logger: Logger;
  /** The first address of the range of Services. */
  readonly clusterIP: string;
  /** Where this hub is reached; undefined leaves the Service without endpoints. */
  readonly address: string | undefined;
}

/**
 * Keeps the Service `kubernetes` in `default`, by which pods find the hub, with its Endpoints and EndpointSlice
 * (upstream's `kubernetesservice` controller with one lease holder): there is one hub, so its address is the one
 * endpoint. At shutdown they stay, since a Service `kubernetes` without endpoints would help nobody.
 */
export class KubernetesService implements Disposable {
  readonly #stack = new DisposableStack();
  #port: number;
  #working: Promise<void> | undefined;
  #again = false;

  /** @param port where the hub listens, as far as that is known. */
  constructor(
    private readonly options: KubernetesServiceOptions,
    port: number,
  ) {
    this.#port = port;
  }

  /** Makes sure of the Service, before anybody can ask for its address. */
  async prepare(): Promise<void> {
    await this.#guarded(() => this.#ensureService());
  }

  /** Keeps all three from now on: puts back what is deleted at once, what is changed soon. */
  async start(port: number): Promise<void> {
    this.#port = port;
    if (this.options.address === undefined)
      this.options.logger.error(
        {},
        'no --advertise-address, and none was found: kubernetes has no endpoints',
      );
    for (const kind of [services, endpoints, endpointSlices] as Kind[])
      this.#stack.use(
        this.options.resources.of(kind).cache.subscribe({
          event: ({ type, entry }) => {
            if (type === 'DELETED' && isOurs(entry.object)) this.#wake();
          },
          failed: () => {},
        }),
      );
    const timer = setInterval(() => this.#wake(), INTERVAL_MS);
    this.#stack.defer(() => clearInterval(timer));
    await this.#reconcile();
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  /** One round at a time; what happens meanwhile starts another. */
  #wake(): void {
    if (this.#working !== undefined) {
      this.#again = true;
      return;
    }
    this.#working = this.#reconcile().finally(() => {
      this.#working = undefined;
      if (this.#again && !this.#stack.disposed) {
        this.#again = false;
        this.#wake();
      }
    });
  }

  async #reconcile(): Promise<void> {
    const { address } = this.options;
    await this.#guarded(async () => {
      await this.#ensureService();
      if (address === undefined) return;
      await this.#ensure(endpoints, wantedEndpoints(address, this.#port), sameEndpoints);
      await this.#ensure(endpointSlices, wantedSlice(address, this.#port), sameSlice);
    });
  }

  async #ensureService(): Promise<void> {
    await this.#ensure(services, wantedService(this.options.clusterIP, this.#port), sameService);
  }

  /** The hub goes on without: somebody may have taken the address, or the namespace may be ending. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.options.logger.warn(
        error instanceof ApiError ? { why: error.message } : { error },
        'could not keep the Service kubernetes',
      );
    }
  }

  async #ensure<T extends object>(
    kind: Kind,
    wanted: T,
    isSame: (current: T, wanted: T) => boolean,
  ): Promise<void> {
    const resource: Resource = this.options.resources.of(kind);
    const current = resource.cache.entry(NAMESPACE, NAME)?.object as T | undefined;
    if (current === undefined)
      await createObject(
        resource,
        NAMESPACE,
        structuredClone(wanted) as unknown as AnyObject,
        ownWrite,
      ).catch(ignoreAlreadyExists);
    else if (!isSame(current, wanted))
      await updateObject(
        resource,
        {
          namespace: NAMESPACE,
          name: NAME,
          subresource: '',
          change: (found) => merged(found, wanted as unknown as AnyObject),
        },
        ownWrite,
      );
  }
}

/** What we say of it, beside the labels that others may have added. */
function merged(found: AnyObject, wanted: AnyObject): AnyObject {
  const labels = { ...found.metadata.labels, ...wanted.metadata.labels };
  const spec =
    wanted['spec'] === undefined ? {} : { spec: { ...(found['spec'] as object), ...wanted['spec'] } };
  return { ...found, ...structuredClone(wanted), ...spec, metadata: { ...found.metadata, labels } };
}

function isOurs({ metadata }: AnyObject): boolean {
  return metadata.namespace === NAMESPACE && metadata.name === NAME;
}

function ignoreAlreadyExists(error: unknown): void {
  if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
}

const metadata = (labels: Record<string, string>) => ({ name: NAME, namespace: NAMESPACE, labels });

function wantedService(clusterIP: string, targetPort: number): Service {
  return {
    apiVersion: services.apiVersion,
    kind: services.kind,
    metadata: metadata({ component: 'apiserver', provider: 'kubernetes' }),
    spec: {
      clusterIP,
      ports: [{ name: PORT_NAME, protocol: 'TCP', port: SERVICE_PORT, targetPort }],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
  };
}

function wantedEndpoints(ip: string, port: number): Endpoints {
  return {
    apiVersion: endpoints.apiVersion,
    kind: endpoints.kind,
    // The slice is written here too: nothing is to be mirrored.
    metadata: metadata({ 'endpointslice.kubernetes.io/skip-mirror': 'true' }),
    subsets: [{ addresses: [{ ip }], ports: [{ name: PORT_NAME, port, protocol: 'TCP' }] }],
  };
}

function wantedSlice(address: string, port: number): EndpointSlice {
  return {
    apiVersion: endpointSlices.apiVersion,
    kind: endpointSlices.kind,
    metadata: metadata({ 'kubernetes.io/service-name': NAME }),
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: PORT_NAME, protocol: 'TCP', port }],
  };
}

function sameService(current: Service, wanted: Service): boolean {
  return isDeepStrictEqual(current.spec?.ports, wanted.spec?.ports);
}

function sameEndpoints(current: Endpoints, wanted: Endpoints): boolean {
  return isDeepStrictEqual(current.subsets, wanted.subsets) && hasLabels(current, wanted);
}

function sameSlice(current: EndpointSlice, wanted: EndpointSlice): boolean {
  return (
    isDeepStrictEqual(current.endpoints, wanted.endpoints) &&
    isDeepStrictEqual(current.ports, wanted.ports) &&
    hasLabels(current, wanted)
  );
}

function hasLabels(current: Endpoints | EndpointSlice, wanted: Endpoints | EndpointSlice): boolean {
  return Object.entries(wanted.metadata.labels ?? {}).every(
    ([key, value]) => current.metadata.labels?.[key] === value,
  );
}
