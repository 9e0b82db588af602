import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { ApiError, badRequest, nodes, notFound, pods } from '@hawser/api';
import { isTrue } from '@hawser/http';
import type { Clock } from '@hawser/runtime';
import { containerOf } from '../connect/container-of.ts';
import type { Hub } from '../hub.ts';
import type { StreamingAnswer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';

/** What a client may ask of a log, and the kubelet understands under the same names. */
const PASSED_ON = [
  'follow',
  'previous',
  'sinceSeconds',
  'sinceTime',
  'timestamps',
  'tailLines',
  'limitBytes',
  'stream',
];

/** How long the head of a kubelet's answer may take; its body may go on for as long as there is something to say. */
const HEAD_TIMEOUT_MS = 30_000;
/** What a log is, whatever a kubelet says that it is: a browser must not run it. */
const LOG_TYPE = { 'Content-Type': 'text/plain' };

/** GET pods/NAME/log: the log of a container, read from the kubelet of the pod's node. */
export async function handlePodLog(hub: Hub, context: RequestContext): Promise<StreamingAnswer> {
  const { namespace, name, query } = context.info;
  const pod = hub.resources.lister(pods).get(namespace, name);
  if (pod === undefined) throw notFound(pods, name);
  checkOptions(query);
  const container = containerOf(pod, query.get('container') ?? '');
  const { nodeName } = pod.spec;
  // Nothing has run yet: an empty log, as upstream answers.
  if (!nodeName)
    return {
      stream: async (response) => void response.writeHead(200, LOG_TYPE).end(),
    };
  const node = hub.resources.lister(nodes).get('', nodeName);
  if (node === undefined) throw notFound(nodes, nodeName);
  const path = `/containerLogs/${namespace}/${name}/${container}${passedOn(query)}`;
  const answer = await withinTime(hub.clock, nodeName, context.signal, async (signal) => {
    const head = await hub.kubelets.request(node, { method: 'GET', path, signal });
    if (head.statusCode !== 200) throw await refusalOf(head, signal);
    return head;
  });
  return { stream: (response) => passThrough(answer, response) };
}

/** A kubelet that says nothing, or begins to speak of something else (101), must not hold its client for ever. */
async function withinTime<T>(
  clock: Clock,
  nodeName: string,
  gone: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const { promise: never, reject } = Promise.withResolvers<never>();
  using _timer = clock.after(HEAD_TIMEOUT_MS, () => {
    late.abort();
    reject(
      new ApiError(
        'Timeout',
        `the kubelet of node ${JSON.stringify(nodeName)} did not answer within ${HEAD_TIMEOUT_MS / 1_000} seconds`,
      ),
    );
  });
  const asked = ask(AbortSignal.any([gone, late.signal]));
  // What becomes of it later is nobody's concern.
  asked.catch(() => {});
  return await Promise.race([asked, never]);
}

function checkOptions(query: URLSearchParams): void {
  for (const name of ['sinceSeconds', 'tailLines', 'limitBytes']) {
    const value = query.get(name);
    if (value !== null && !/^-?\d{1,15}$/.test(value))
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  }
  const refuse = (field: string, value: string, why: string) =>
    new ApiError(
      'Invalid',
      `PodLogOptions.v1 "" is invalid: ${field}: Invalid value: ${JSON.stringify(value)}: ${why}`,
    );
  const tailLines = query.get('tailLines');
  if (tailLines !== null && Number(tailLines) < 0)
    throw refuse('tailLines', tailLines, 'must be greater than or equal to 0');
  const limitBytes = query.get('limitBytes');
  if (limitBytes !== null && Number(limitBytes) < 1)
    throw refuse('limitBytes', limitBytes, 'must be greater than 0');
  const sinceSeconds = query.get('sinceSeconds');
  if (sinceSeconds !== null && Number(sinceSeconds) < 1)
    throw refuse('sinceSeconds', sinceSeconds, 'must be greater than 0');
  if (sinceSeconds !== null && query.has('sinceTime'))
    throw new ApiError('Forbidden', 'at most one of `sinceTime` or `sinceSeconds` may be specified');
}

function passedOn(query: URLSearchParams): string {
  const kept = new URLSearchParams();
  for (const name of PASSED_ON) {
    const value = query.get(name);
    if (value === null) continue;
    const boolean = name === 'follow' || name === 'previous' || name === 'timestamps';
    kept.set(name, boolean ? String(isTrue(value)) : value);
  }
  return kept.size === 0 ? '' : `?${kept}`;
}

/** The kubelet's refusal, handed on with its words. */
async function refusalOf(answer: IncomingMessage, signal: AbortSignal): Promise<ApiError> {
  const end = () => void answer.destroy();
  signal.addEventListener('abort', end, { once: true });
  const chunks: Buffer[] = [];
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    if (chunks.length > 64) break;
  }
  const words = Buffer.concat(chunks).toString().trim();
  const code = answer.statusCode ?? 500;
  if (code === 404)
    return new ApiError('NotFound', `the server could not find the requested resource: ${words}`);
  if (code === 400) return badRequest(words);
  return new ApiError('InternalError', `the kubelet answered ${code}: ${words}`);
}

/** The body streams through; a client that stops reading holds the kubelet back. */
async function passThrough(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(200, LOG_TYPE);
  response.flushHeaders();
  // A client that leaves in the middle is no error of ours.
  await pipeline(answer, response).catch(() => answer.destroy());
}
