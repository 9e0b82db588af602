import type { IncomingMessage } from 'node:http';
import { type Logger, silentLogger } from '@hawser/observability';
import { type Clock, systemClock } from '@hawser/runtime';
import type { ReloadMetrics } from '@hawser/tls-files';
import { type CredentialSource, credentialsOf, type TrustOptions } from './credentials.ts';
import { Deadline, RequestTimeoutError } from './deadline.ts';
import { type Kubeconfig, loadKubeconfig, resolveContext } from './kubeconfig.ts';
import { kubeconfigCredentials } from './kubeconfig-credentials.ts';
import { readText } from './read-text.ts';
import {
  type CreateOptions,
  type DeleteCollectionOptions,
  type DeleteOptions,
  deleteBody,
  type GetOptions,
  type ListOptions,
  type ListResult,
  type NewObject,
  PATCH_TYPES,
  type PatchOptions,
  queryString,
  type SubresourceTarget,
  type UpdateOptions,
  type WatchEvent,
  type WatchOptions,
} from './requests.ts';
import { type GenericObject, type Named, type ObjectFor, type Resource, resourcePath } from './resource.ts';
import { sendWithRetries } from './retry.ts';
import { StatusError } from './status-error.ts';
import { Transport } from './transport.ts';
import { watchEvents } from './watch.ts';

export interface KubeClientOptions {
  /** Names the component to the server, such as `hawser-kubelet/0.1.0`. */
  readonly userAgent: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** How long a request (not a watch) may take altogether; default 30 s. */
  readonly requestTimeoutMs?: number;
  /** How long an answer (not a watch) may be; without a limit it may be any length. */
  readonly maxResponseBytes?: number;
  /** Bind outgoing connections to this address, so that the server sees it as their source. */
  readonly localAddress?: string;
  /** Counts how often its credentials were reloaded. */
  readonly reloads?: ReloadMetrics;
}

export interface KubeClientTarget {
  /** `https://host:port`. */
  readonly server: string;
  readonly tlsServerName?: string;
  readonly credentials: CredentialSource;
}

/** An answer as it came. */
export interface RawResponse {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** What `raw` sends. */
export interface RawOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** Servers send a bookmark about every minute; two missed ones and the connection is taken for dead. */
const DEFAULT_WATCH_IDLE_MS = 150_000;
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
const METADATA_OBJECT = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

/**
 * A client of one API server with one identity, typed by kind values: `client.get(pods, 'a', {namespace: 'b'})`
 * is a `Promise<Pod>`.
 *
 * Every method throws StatusError when the server refuses, ConnectionError when it cannot be reached or is not
 * trusted, RequestTimeoutError when it does not answer in time, and the signal's reason when that aborts.
 */
export class KubeClient implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #answers: { readonly server: string; readonly maxBytes: number };
  readonly logger: Logger;
  readonly server: string;

  constructor(target: KubeClientTarget, options: KubeClientOptions) {
    this.#transport = new Transport({
      ...target,
      userAgent: options.userAgent,
      localAddress: options.localAddress,
    });
    this.#clock = options.clock ?? systemClock;
    this.#timeoutMs = options.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    const { maxResponseBytes: maxBytes = Number.POSITIVE_INFINITY } = options;
    this.#answers = { server: target.server, maxBytes };
    this.logger = options.logger ?? silentLogger;
    this.server = target.server;
  }

  /**
   * A client for the current context of a kubeconfig, given as its path or its content. By its path it goes on with
   * the credentials that the file has come to name.
   * @throws KubeconfigError when it is unusable or would leave the server unverified.
   */
  static fromKubeconfig(source: string | Kubeconfig, options: KubeClientOptions & TrustOptions): KubeClient {
    const kubeconfig = typeof source === 'string' ? loadKubeconfig(source) : source;
    const target = resolveContext(kubeconfig);
    const credentials =
      typeof source === 'string' ? kubeconfigCredentials(source, options) : credentialsOf(target, options);
    const { server, 'tls-server-name': tlsServerName } = target.cluster;
    return new KubeClient({ server, tlsServerName, credentials }, options);
  }

  async get<R extends Resource>(resource: R, name: string, options: GetOptions = {}): Promise<ObjectFor<R>> {
    const { namespace, subresource, signal, metadataOnly } = options;
    const accept = metadataOnly ? METADATA_OBJECT : undefined;
    return await this.#json('GET', resourcePath(resource, { namespace, name, subresource }), {
      signal,
      accept,
    });
  }

  /** Lists objects; items carry their `apiVersion` and `kind`, which upstream leaves out of list items. */
  async list<R extends Resource>(resource: R, options: ListOptions = {}): Promise<ListResult<ObjectFor<R>>> {
    const { namespace, signal, metadataOnly, ...query } = options;
    const path = resourcePath(resource, { namespace }) + queryString(query);
    const accept = metadataOnly ? METADATA_LIST : undefined;
    const list = await this.#json<{ metadata?: ListMeta; items?: object[] | null }>('GET', path, {
      signal,
      accept,
    });
    const items = (list.items ?? []).map(
      (item) => ({ ...typeMeta(resource), ...item }) as unknown as ObjectFor<R>,
    );
    const next = list.metadata?.continue;
    return {
      items,
      resourceVersion: list.metadata?.resourceVersion ?? '',
      ...(next ? { continue: next } : {}),
    };
  }

  /** Creates a subresource, such as a TokenRequest at `{name: 'token', of: 'default'}`. */
  async create<T extends object>(
    resource: Resource,
    object: T,
    options: CreateOptions & { subresource: SubresourceTarget },
  ): Promise<T>;
  /** Creates an object, in the namespace of the options or of its metadata. */
  async create<R extends Resource>(
    resource: R,
    object: NewObject<ObjectFor<R>>,
    options?: CreateOptions,
  ): Promise<ObjectFor<R>>;
  async create(
    resource: Resource,
    object: object,
    options: CreateOptions & { subresource?: SubresourceTarget } = {},
  ): Promise<object> {
    const { subresource, signal, fieldManager, dryRun } = options;
    const namespace = options.namespace ?? (object as Partial<Named>).metadata?.namespace;
    const path = resourcePath(resource, { namespace, name: subresource?.of, subresource: subresource?.name });
    const query = queryString({ fieldManager, dryRun: dryRun ? 'All' : undefined });
    const body = subresource ? object : { ...typeMeta(resource), ...object };
    return await this.#json('POST', path + query, { body, signal });
  }

  /** Replaces an object; a conflict when its `resourceVersion` is not the current one. */
  async update<R extends Resource>(
    resource: R,
    object: ObjectFor<R>,
    options: UpdateOptions = {},
  ): Promise<ObjectFor<R>> {
    const { name, namespace } = (object as Named).metadata;
    const { subresource, signal, fieldManager } = options;
    const path = resourcePath(resource, { namespace, name, subresource }) + queryString({ fieldManager });
    return await this.#json('PUT', path, { body: { ...typeMeta(resource), ...object }, signal });
  }

  async patch<R extends Resource>(
    resource: R,
    name: string,
    patch: object,
    options: PatchOptions,
  ): Promise<ObjectFor<R>> {
    const { namespace, subresource, signal, fieldManager, force, type } = options;
    const path =
      resourcePath(resource, { namespace, name, subresource }) + queryString({ fieldManager, force });
    return await this.#json('PATCH', path, { body: patch, contentType: PATCH_TYPES[type], signal });
  }

  /** Deletes an object. Returns it as it then is when finalizers or grace keep it, else the server's Status. */
  async delete(resource: Resource, name: string, options: DeleteOptions = {}): Promise<GenericObject> {
    const path = resourcePath(resource, { namespace: options.namespace, name });
    return await this.#json('DELETE', path, { body: deleteBody(options), signal: options.signal });
  }

  /** Deletes every object that the selectors match. */
  async deleteCollection(resource: Resource, options: DeleteCollectionOptions = {}): Promise<GenericObject> {
    const { namespace, labelSelector, fieldSelector, signal } = options;
    const path = resourcePath(resource, { namespace }) + queryString({ labelSelector, fieldSelector });
    return await this.#json('DELETE', path, { body: deleteBody(options), signal });
  }

  /**
   * Watches one collection on one connection until the server ends it, bookmarks included. An `Informer` resumes
   * and relists by itself; use this for a single look.
   * @throws besides the rest StatusError 410 when the history is gone, WatchIdleError after a silence.
   */
  async *watch<R extends Resource>(
    resource: R,
    options: WatchOptions = {},
    signal: AbortSignal | undefined = options.signal,
  ): AsyncGenerator<WatchEvent<ObjectFor<R>>, void, undefined> {
    const { namespace, metadataOnly, idleTimeoutMs, onOpen, signal: _, ...selection } = options;
    const query = queryString({ ...selection, watch: true, allowWatchBookmarks: true });
    const path = resourcePath(resource, { namespace }) + query;
    using deadline = new Deadline(signal, this.#clock);
    deadline.restart(this.#timeoutMs, () => new RequestTimeoutError('WATCH', path, this.#timeoutMs));
    const headers = { accept: metadataOnly ? METADATA_OBJECT : 'application/json' };
    const response = await this.#send('GET', path, { headers }, deadline.signal);
    if (response.statusCode !== 200) throw await this.#refusal(response);
    onOpen?.();
    yield* watchEvents<ObjectFor<R>>(response, deadline, idleTimeoutMs ?? DEFAULT_WATCH_IDLE_MS);
  }

  /** Any request; an object body is sent as JSON. */
  async raw(
    method: string,
    path: string,
    body?: object | string,
    options: RawOptions = {},
  ): Promise<RawResponse> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    using deadline = new Deadline(options.signal, this.#clock);
    deadline.restart(timeoutMs, () => new RequestTimeoutError(method, path, timeoutMs));
    const sent = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const headers: Record<string, string> = { accept: 'application/json, */*', ...options.headers };
    if (body !== undefined) headers['content-type'] ??= 'application/json';
    const response = await this.#send(method, path, { headers, body: sent }, deadline.signal);
    const code = response.statusCode ?? 0;
    const text = await readText(response, this.#answers, deadline.signal);
    const answer = { code, headers: response.headers, text };
    if (code < 200 || code > 299) throw this.#refused(code, answer.text);
    return answer;
  }

  /** Reads the credentials again before the next request; files are looked at every second anyway. */
  reload(): void {
    this.#transport.reload();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#transport.closeConnections();
  }

  async #json<T>(
    method: string,
    path: string,
    options: { body?: object; contentType?: string; accept?: string; signal?: AbortSignal },
  ): Promise<T> {
    const headers: Record<string, string> = { accept: options.accept ?? 'application/json' };
    if (options.contentType) headers['content-type'] = options.contentType;
    const { text } = await this.raw(method, path, options.body, { headers, signal: options.signal });
    return JSON.parse(text) as T;
  }

  async #send(
    method: string,
    path: string,
    request: { headers: Record<string, string>; body?: string },
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const send = () => this.#transport.send({ method, path, signal, ...request });
    return await sendWithRetries(method, send, signal, this.#clock);
  }

  async #refusal(response: IncomingMessage): Promise<StatusError> {
    using deadline = new Deadline(undefined, this.#clock);
    return this.#refused(response.statusCode ?? 0, await readText(response, this.#answers, deadline.signal));
  }

  /** A 401 may mean that a cached token went stale: have it fetched anew next time. */
  #refused(code: number, text: string): StatusError {
    if (code === 401) this.#transport.reload();
    return StatusError.fromResponse(code, text);
  }
}

interface ListMeta {
  resourceVersion?: string;
  continue?: string;
}

function typeMeta(resource: Resource): { apiVersion: string; kind: string } {
  const { group, version, kind } = resource;
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind };
}
