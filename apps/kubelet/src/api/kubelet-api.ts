import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pod } from '@hawser/api';
import type { Clock } from '@hawser/runtime';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { KubeletAudit } from '../audit/kubelet-audit.ts';
import type { RequestTrail } from '../audit/request-trail.ts';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import { RuntimeLabel } from '../container-runtime/container-runtime.ts';
import { readLog } from '../logs/log-reader.ts';
import type { PodWorkers } from '../pods/pod-workers.ts';
import type { StatusManager } from '../pods/status-manager.ts';
import { type CallerCheck, checkCaller } from './check-caller.ts';
import { findLoggedRun, LogRequestError, parseLogOptions } from './container-log-request.ts';
import { findPod, findRunningContainer, NotRunningError } from './find-running.ts';
import type { KubeletMetrics } from './kubelet-metrics.ts';
import { streamLog } from './stream-log.ts';

export interface KubeletApiOptions extends CallerCheck {
  readonly workers: PodWorkers;
  readonly statuses: StatusManager;
  readonly runtime: ContainerRuntime;
  readonly metrics: KubeletMetrics;
  readonly audit: KubeletAudit;
  /** What /configz shows. */
  readonly configuration: object;
  /** What /stats/summary shows. */
  readonly summary: () => Promise<object>;
  readonly clock: Clock;
}

type Environment = { Bindings: HttpBindings; Variables: { trail: RequestTrail; fault?: string } };
type Ctx = Context<Environment>;

/** Upstream's default of a runtime's requests (`runtimeRequestTimeout`). */
const RUN_TIMEOUT_MS = 2 * 60_000;

/** The kubelet's HTTPS API, with upstream's paths. Every one of them needs a known and authorized caller. */
export function createKubeletApi(
  options: KubeletApiOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const app = new Hono<Environment>({ strict: false });
  app.use('*', (context, next) => measure(options, context, next));
  app.use('*', (context, next) => record(options, context, next));
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
  for (const path of ['/run/:namespace/:pod/:container', '/run/:namespace/:pod/:uid/:container'])
    app.post(path, (context) => runCommand(options, context));
  // Their upgrades do not come this way.
  for (const path of ['/exec/*', '/attach/*', '/portForward/*'])
    app.all(path, (context) => refuse(context, 'Upgrade request required', 400));
  app.all('/logs/*', (context) => refuse(context, 'logs endpoint is disabled.', 405));
  app.notFound((context) => refuse(context, '404 page not found\n', 404));
  app.onError((error, context) => {
    options.logger.error({ error, path: context.req.path }, 'request failed');
    return refuse(context, 'Internal Server Error', 500);
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
  'run',
  'exec',
  'attach',
  'portForward',
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

/** The last event of a request is where it must be before the answer goes out. */
async function record({ audit }: KubeletApiOptions, context: Ctx, next: () => Promise<void>): Promise<void> {
  const trail = audit.begin(context.env.incoming as IncomingMessage, context.req.path);
  context.set('trail', trail);
  await next();
  await trail.complete(context.res.status, context.get('fault'));
}

async function authorize(
  options: KubeletApiOptions,
  context: Ctx,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  const { method, path } = context.req;
  const caller = await checkCaller(options, context.env.incoming as IncomingMessage, method, path);
  context.get('trail').by(caller);
  if (caller.refusal !== undefined) return refuse(context, caller.refusal.text, caller.refusal.code);
  await next();
  return undefined;
}

/** Answers with a fault, which the request's event tells too. */
function refuse(context: Ctx, text: string, code: ContentfulStatusCode): Response {
  context.set('fault', text);
  return context.text(text, code);
}

/** Runs a command that is one text, its words apart by one space each, and answers with all that it said. */
async function runCommand({ workers, runtime }: KubeletApiOptions, context: Ctx): Promise<Response> {
  const { namespace, pod, uid, container } = context.req.param() as Record<string, string>;
  const command = (context.req.query('cmd') ?? '').split(' ');
  try {
    const id = await findRunningContainer(runtime, findPod(workers, namespace!, pod!), uid, container!);
    await context.get('trail').received();
    const { exitCode, stdout, stderr } = await runtime.execSync(id, command, RUN_TIMEOUT_MS);
    if (exitCode === 0) return context.body(Buffer.concat([stdout, stderr]), 200);
    // What the command said is not for the audit trail.
    context.set('fault', `the command exited with ${exitCode}`);
    return context.text(`command '${command.join(' ')}' exited with ${exitCode}: ${stderr}`, 500);
  } catch (error) {
    if (error instanceof NotRunningError) return refuse(context, error.message, error.code);
    return refuse(context, error instanceof Error ? error.message : String(error), 500);
  }
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
    if (logOptions.follow) context.get('trail').startedReading(200);
    await streamLog(
      response,
      readLog(run.logPath, logOptions, () => isRunning().catch(() => false), left.signal),
      left.signal,
    );
    return RESPONSE_ALREADY_SENT;
  } catch (error) {
    if (error instanceof LogRequestError) return refuse(context, error.message, error.code);
    if (!response.headersSent) throw error;
    // Half a log cannot be called back; the client must see that it is one.
    options.logger.warn({ error, pod: name }, 'log broken off');
    context.set('fault', 'the log was broken off');
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
