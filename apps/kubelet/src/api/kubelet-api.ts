import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pod } from '@hawser/api';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import { RuntimeLabel } from '../container-runtime/container-runtime.ts';
import { readLog } from '../logs/log-reader.ts';
import type { PodWorkers } from '../pods/pod-workers.ts';
import type { StatusManager } from '../pods/status-manager.ts';
import type { Authenticator } from './authenticator.ts';
import type { Authorizer } from './authorizer.ts';
import { findLoggedRun, LogRequestError, parseLogOptions } from './container-log-request.ts';
import type { KubeletMetrics } from './kubelet-metrics.ts';
import { requestAttributes } from './request-attributes.ts';
import { streamLog } from './stream-log.ts';

export interface KubeletApiOptions {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly workers: PodWorkers;
  readonly statuses: StatusManager;
  readonly runtime: ContainerRuntime;
  readonly metrics: KubeletMetrics;
  /** What /configz shows. */
  readonly configuration: object;
  /** What /stats/summary shows. */
  readonly summary: () => Promise<object>;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Environment = { Bindings: HttpBindings };
type Ctx = Context<Environment>;

/** The kubelet's HTTPS API, with upstream's paths. Every one of them needs a known and authorized caller. */
export function createKubeletApi(
  options: KubeletApiOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const app = new Hono<Environment>({ strict: false });
  app.use('*', (context, next) => measure(options, context, next));
  app.use('*', (context, next) => authorize(options, context, next));
  app.get('/healthz', (context) => context.text('ok'));
  app.get('/healthz/ping', (context) => context.text('ok'));
  app.get('/pods', (context) => context.json(podList(podsWithStatus(options))));
  app.get('/runningpods', async (context) => context.json(podList(await runningPods(options.runtime))));
  app.get('/configz', (context) => context.json({ kubeletconfig: options.configuration }));
  app.get('/metrics', async (context) => {
    context.header('Content-Type', options.metrics.registry.contentType);
    return context.body(await options.metrics.registry.metrics());
  });
  app.get('/stats/summary', async (context) => context.json(await options.summary()));
  app.get('/containerLogs/:namespace/:pod/:container', (context) => containerLogs(options, context));
  app.all('/logs/*', (context) => context.text('logs endpoint is disabled.', 405));
  app.notFound((context) => context.text('404 page not found\n', 404));
  app.onError((error, context) => {
    options.logger.error({ error, path: context.req.path }, 'request failed');
    return context.text('Internal Server Error', 500);
  });
  return getRequestListener(app.fetch, { overrideGlobalObjects: false });
}

/** Paths by their first word, and unknown ones together: what clients make up must not become labels. */
const KINDS = new Set([
  'healthz',
  'pods',
  'runningpods',
  'configz',
  'metrics',
  'stats',
  'containerLogs',
  'logs',
]);

async function measure(
  { metrics, clock }: KubeletApiOptions,
  context: Ctx,
  next: () => Promise<void>,
): Promise<void> {
  const startedAtMs = clock.now().getTime();
  await next();
  const word = context.req.path.split('/')[1] ?? '';
  const seconds = (clock.now().getTime() - startedAtMs) / 1000;
  metrics.observeRequest(context.req.method, KINDS.has(word) ? word : 'other', context.res.status, seconds);
}

async function authorize(
  options: KubeletApiOptions,
  context: Ctx,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  const { authenticator, authorizer, logger } = options;
  const { incoming } = context.env;
  const identity = await authenticator.authenticate(incoming as IncomingMessage).catch((error: unknown) => {
    logger.warn({ error }, 'caller could not be authenticated');
    return undefined;
  });
  if (identity === undefined) return context.text('Unauthorized', 401);
  const attributes = requestAttributes(context.req.method, context.req.path);
  const { verb, subresources } = attributes;
  const facts = `user=${identity.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}]`;
  let allowed: boolean;
  try {
    allowed = await authorizer.isAllowed(identity, attributes);
  } catch (error) {
    logger.warn({ error, user: identity.name }, 'authorization could not be asked for');
    return context.text(`Authorization error (${facts})`, 500);
  }
  if (!allowed) return context.text(`Forbidden (${facts})`, 403);
  await next();
  return undefined;
}

async function containerLogs(options: KubeletApiOptions, context: Ctx): Promise<Response> {
  const { workers, statuses, runtime, clock } = options;
  const { namespace, pod: name, container } = context.req.param() as Record<string, string>;
  const response = context.env.outgoing as ServerResponse;
  try {
    const pod = workers.find(namespace!, name!);
    if (pod === undefined) throw new LogRequestError(404, `pod "${name}" does not exist`);
    const { previous, ...logOptions } = parseLogOptions(new URL(context.req.url).searchParams, clock.now());
    const run = await findLoggedRun(runtime, pod, statuses.get(pod.metadata.uid!), container!, previous);
    const left = new AbortController();
    response.once('close', () => left.abort());
    const isRunning = async () => (await runtime.containerStatus(run.id)).state === 'running';
    await streamLog(
      response,
      readLog(run.logPath, logOptions, () => isRunning().catch(() => false), left.signal),
      left.signal,
    );
    return RESPONSE_ALREADY_SENT;
  } catch (error) {
    if (error instanceof LogRequestError) return context.text(error.message, error.code);
    if (!response.headersSent) throw error;
    // Half a log cannot be called back; the client must see that it is one.
    options.logger.warn({ error, pod: name }, 'log broken off');
    response.destroy();
    return RESPONSE_ALREADY_SENT;
  }
}

function podsWithStatus({ workers, statuses }: KubeletApiOptions): Pod[] {
  return workers.pods.map((pod) => ({ ...pod, status: statuses.get(pod.metadata.uid!) ?? pod.status }));
}

/** Pods as the runtime knows them: names and what runs. */
async function runningPods(runtime: ContainerRuntime): Promise<object[]> {
  const running = (await runtime.listContainers()).filter(({ state }) => state === 'running');
  const byPod = Map.groupBy(running, ({ labels }) => labels[RuntimeLabel.podUid]!);
  return [...byPod].map(([uid, containers]) => {
    const { labels } = containers[0]!;
    const metadata = {
      name: labels[RuntimeLabel.podName],
      namespace: labels[RuntimeLabel.podNamespace],
      uid,
    };
    return {
      metadata,
      spec: { containers: containers.map(({ metadata: { name }, image }) => ({ name, image })) },
    };
  });
}

function podList(items: object[]): object {
  return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
}
