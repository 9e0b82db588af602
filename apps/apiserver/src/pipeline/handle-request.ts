import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, badRequest, statusOf } from '@hawser/api';
import type { AuditLog, AuditPolicy } from '@hawser/audit';
import type { Authorizer, Impersonator } from '@hawser/authz';
import { DialError } from '@hawser/dial';
import { hasBody, parseRequestInfo, peerAddress, respond, respondError, warningHeaders } from '@hawser/http';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { classify } from '../flow-control/classify.ts';
import type { FlowControl, Seat } from '../flow-control/flow-control.ts';
import { isLongRunning } from '../flow-control/long-running.ts';
import { TooManyRequestsError } from '../flow-control/too-many-requests-error.ts';
import type { HubMetrics } from '../health/hub-metrics.ts';
import { renderStatus } from '../resources/render.ts';
import { type Answer, isStreaming, type StreamingAnswer } from './answer.ts';
import { AuditTrail } from './audit-trail.ts';
import type { ConnectionAuthenticator } from './authenticate.ts';
import { attributesOf, authorize, impersonate } from './authorize.ts';
import { compress, isWorthCompressing } from './compress.ts';
import type { RequestContext, Upgrade } from './request-context.ts';
import { timeoutOf, withinDeadline } from './request-deadline.ts';

export interface Pipeline {
  readonly authenticator: ConnectionAuthenticator;
  readonly authorizer: Authorizer;
  readonly impersonator: Impersonator;
  readonly auditLog: AuditLog;
  readonly auditPolicy: AuditPolicy;
  readonly metrics: HubMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly flow: FlowControl;
  /** For requests that are not long-running. */
  readonly requestTimeoutMs: number;
  /** Aborts when the hub shuts down. */
  readonly shutdown: AbortSignal;
  /** What is behind it all: finds the handler and calls it. */
  readonly route: (context: RequestContext) => Promise<Answer | StreamingAnswer>;
}

/**
 * The life of a request: who → as whom → may they → its turn → do it → record it → answer. Whatever goes wrong in
 * it becomes a Status; nothing that a request does ends the service.
 */
export async function handleRequest(
  pipeline: Pipeline,
  request: IncomingMessage,
  response: ServerResponse,
  upgrade?: Upgrade,
): Promise<void> {
  const startedMs = performance.now();
  const sourceAddress = peerAddress(request);
  const trail = new AuditTrail(request, sourceAddress, pipeline.auditLog, pipeline.auditPolicy);
  response.setHeader('Audit-Id', trail.auditId);
  response.setHeader('Cache-Control', 'no-cache, private');
  const warnings: string[] = [];
  let code = 0;
  try {
    const gone = goneController(response, pipeline.shutdown);
    // Nearly always there is nothing to wait for, and then it does not.
    const ready = pipeline.authenticator.prepare(request);
    if (ready !== undefined) await ready;
    const context = identify(pipeline, {
      request,
      sourceAddress,
      trail,
      warnings,
      signal: gone.signal,
      ...(upgrade === undefined ? {} : { upgrade }),
    });
    code = await serve(pipeline, context, response, gone);
  } catch (error) {
    code = await refuse(pipeline, error, request, response, trail, warnings);
  } finally {
    pipeline.metrics.observe(trail, code, performance.now() - startedMs);
  }
}

/** Who makes the request, and as whom. */
function identify(
  { authenticator, impersonator }: Pipeline,
  given: Omit<RequestContext, 'info' | 'identity'>,
): RequestContext {
  const { request, trail, warnings } = given;
  const info = parseRequestInfo(request.method ?? 'GET', request.url ?? '/');
  trail.about(info);
  const user = authenticator.authenticate(request, trail, warnings);
  trail.by(user);
  const identity = impersonate(impersonator, user, request, info, trail);
  return { ...given, info, identity };
}

/** Does what the request asks, when it may and its turn has come, and answers. @returns the answer's code. */
async function serve(
  pipeline: Pipeline,
  context: RequestContext,
  response: ServerResponse,
  gone: AbortController,
): Promise<number> {
  const { info, request, trail, warnings, upgrade } = context;
  // Where the body ends and the other protocol begins is not known any more.
  if (upgrade !== undefined && hasBody(request))
    throw badRequest('a request to upgrade the connection must not have a body');
  if (isLongRunning(info) && info.verb !== 'watch') {
    authorize(pipeline.authorizer, attributesOf(context.identity, info), trail);
    return deliver(await pipeline.route(context), request, response, trail, warnings);
  }
  const work = () => takeTurn(pipeline, context, response);
  const timed = info.verb !== 'watch';
  const { answer, seat } = timed
    ? await withinDeadline(
        pipeline.clock,
        timeoutOf(info.query, pipeline.requestTimeoutMs),
        response,
        () => gone.abort(),
        work,
      )
    : await work();
  return deliver(answer, request, response, trail, warnings, seat);
}

/**
 * Waits for the request's turn and does what it asks. Its body is read before: a slow one must not hold a seat.
 * What is refused takes its turn as well, or a flood of it would go past the limits.
 */
async function takeTurn(
  { authorizer, flow, route }: Pipeline,
  context: RequestContext,
  response: ServerResponse,
): Promise<{ answer: Answer | StreamingAnswer; seat: Seat }> {
  const { identity, info, request, signal, trail } = context;
  const classification = classify(identity, info);
  const refusal = refusalOf(() => authorize(authorizer, attributesOf(identity, info), trail));
  if (refusal === undefined && takesBody(request)) await flow.readBody(classification, request, response);
  const turn = flow.admit(classification, info.verb, signal);
  const seat = turn instanceof Promise ? await turn : turn;
  // A seat is held until the answer is out of the hub's memory, or nobody takes it any more.
  if (response.closed) seat[Symbol.dispose]();
  else response.once('close', () => seat[Symbol.dispose]());
  if (refusal !== undefined) throw refusal;
  return { answer: await route(context), seat };
}

const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

function takesBody(request: IncomingMessage): boolean {
  return BODY_METHODS.has(request.method ?? '') && hasBody(request);
}

function refusalOf(check: () => void): ApiError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

/** Records and sends an answer. @returns its code. */
async function deliver(
  answer: Answer | StreamingAnswer,
  request: IncomingMessage,
  response: ServerResponse,
  trail: AuditTrail,
  warnings: readonly string[],
  seat?: Seat,
): Promise<number> {
  sendWarnings(response, warnings);
  if (isStreaming(answer)) {
    await trail.started(answer.code);
    const streaming = answer.stream(response);
    seat?.[Symbol.dispose]();
    await streaming;
    await trail.complete(response.statusCode);
    return response.statusCode;
  }
  await trail.complete(answer.code);
  const sent = isWorthCompressing(request, answer) ? await compress(answer) : answer;
  const { code, type, body, headers = {} } = sent;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  respond(response, code, type, body);
  return code;
}

/** Records and sends an error; what is not the client's affair goes to the log. */
async function refuse(
  { logger }: Pipeline,
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  trail: AuditTrail,
  warnings: readonly string[],
): Promise<number> {
  const { code } = statusOf(error);
  // Of a client that is too slow, or ahead of the hub, there is nothing to find out.
  if (code >= 500 && code !== 504) logFailure(logger, internalCause(error), trail);
  try {
    await trail.complete(code, error);
  } catch (auditError) {
    logger.error({ error: auditError, auditId: trail.auditId }, 'could not keep an audit event');
  }
  if (!response.headersSent) sendWarnings(response, warnings);
  if (response.headersSent) response.destroy();
  else if (error instanceof TooManyRequestsError) respondTooManyRequests(response, error);
  else respondError(response, error, (status) => renderStatus({ request }, status));
  return code;
}

/** What is not there, or cannot be reached now, is no fault of the hub: a line says so. */
function logFailure(logger: Logger, error: unknown, { auditId }: AuditTrail): void {
  if (error instanceof DialError) logger.warn({ why: error.message, auditId }, 'request failed');
  else logger.error({ error, auditId }, 'request failed');
}

function internalCause(error: unknown): unknown {
  return error instanceof ApiError ? (error.cause ?? error) : error;
}

function sendWarnings(response: ServerResponse, warnings: readonly string[]): void {
  // A patch that was tried again against a newer object warns twice of the same.
  if (warnings.length > 0) response.setHeader('Warning', warningHeaders(warnings));
}

/** Upstream answers an overload with text (`http.Error`), and so with a header against sniffing. */
function respondTooManyRequests(response: ServerResponse, { code, message, details }: ApiError): void {
  response.setHeader('Retry-After', String(details?.retryAfterSeconds));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  respond(response, code, 'text/plain; charset=utf-8', `${message}\n`);
}

/** Aborts when the client has gone or the hub shuts down. */
function goneController(response: ServerResponse, shutdown: AbortSignal): AbortController {
  const controller = new AbortController();
  const abort = () => {
    shutdown.removeEventListener('abort', abort);
    controller.abort();
  };
  response.once('close', abort);
  shutdown.addEventListener('abort', abort, { once: true });
  return controller;
}
