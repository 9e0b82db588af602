import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, statusOf } from '@hawser/api';
import type { AuditLog, AuditPolicy } from '@hawser/audit';
import type { Authorizer } from '@hawser/authz';
import { parseRequestInfo, respond, respondError, tlsSocketOf, warningHeaders } from '@hawser/http';
import type { Logger } from '@hawser/observability';
import type { HubMetrics } from '../health/hub-metrics.ts';
import { renderStatus } from '../resources/render.ts';
import { type Answer, isStreaming, type StreamingAnswer } from './answer.ts';
import { AuditTrail } from './audit-trail.ts';
import type { ConnectionAuthenticator } from './authenticate.ts';
import { attributesOf, authorize, impersonate } from './authorize.ts';
import { compress } from './compress.ts';
import type { RequestContext } from './request-context.ts';

export interface Pipeline {
  readonly authenticator: ConnectionAuthenticator;
  readonly authorizer: Authorizer;
  readonly auditLog: AuditLog;
  readonly auditPolicy: AuditPolicy;
  readonly metrics: HubMetrics;
  readonly logger: Logger;
  /** Aborts when the hub shuts down. */
  readonly shutdown: AbortSignal;
  /** What is behind it all: finds the handler and calls it. */
  readonly route: (context: RequestContext) => Promise<Answer | StreamingAnswer>;
}

/**
 * The life of a request: who → as whom → may they → do it → record it → answer. Whatever goes wrong in it
 * becomes a Status; nothing that a request does ends the service.
 */
export async function handleRequest(
  pipeline: Pipeline,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedMs = performance.now();
  const sourceAddress = plainAddress(tlsSocketOf(request).remoteAddress ?? '');
  const trail = new AuditTrail(request, sourceAddress, pipeline.auditLog, pipeline.auditPolicy);
  response.setHeader('Audit-Id', trail.auditId);
  response.setHeader('Cache-Control', 'no-cache, private');
  const warnings: string[] = [];
  let code = 0;
  try {
    const context = admit(pipeline, request, response, trail, sourceAddress, warnings);
    const answer = await pipeline.route(context);
    code = await deliver(answer, request, response, trail, warnings);
  } catch (error) {
    code = await refuse(pipeline, error, request, response, trail, warnings);
  } finally {
    pipeline.metrics.observe(trail, code, performance.now() - startedMs);
  }
}

/** Who makes the request, as whom, and whether they may. */
function admit(
  { authenticator, authorizer, shutdown }: Pipeline,
  request: IncomingMessage,
  response: ServerResponse,
  trail: AuditTrail,
  sourceAddress: string,
  warnings: string[],
): RequestContext {
  const info = parseRequestInfo(request.method ?? 'GET', request.url ?? '/');
  trail.about(info);
  const { identity: user, auditAnnotations } = authenticator.authenticate(request);
  trail.by(user);
  for (const [key, value] of Object.entries(auditAnnotations)) trail.annotate(key, value);
  const identity = impersonate(authorizer, user, request, trail);
  authorize(authorizer, attributesOf(identity, info), trail);
  const signal = goneSignal(response, shutdown);
  return { request, info, identity, sourceAddress, trail, warnings, signal };
}

/** Records and sends an answer. @returns its code. */
async function deliver(
  answer: Answer | StreamingAnswer,
  request: IncomingMessage,
  response: ServerResponse,
  trail: AuditTrail,
  warnings: readonly string[],
): Promise<number> {
  sendWarnings(response, warnings);
  if (isStreaming(answer)) {
    await trail.started();
    await answer.stream(response);
    await trail.complete(response.statusCode);
    return response.statusCode;
  }
  await trail.complete(answer.code);
  const { code, type, body, headers = {} } = await compress(request, answer);
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
  if (code >= 500) logger.error({ error: internalCause(error), auditId: trail.auditId }, 'request failed');
  try {
    await trail.complete(code, error);
  } catch (auditError) {
    logger.error({ error: auditError, auditId: trail.auditId }, 'could not keep an audit event');
  }
  if (!response.headersSent) sendWarnings(response, warnings);
  if (response.headersSent) response.destroy();
  else respondError(response, error, (status) => renderStatus({ request }, status));
  return code;
}

function internalCause(error: unknown): unknown {
  return error instanceof ApiError ? (error.cause ?? error) : error;
}

function sendWarnings(response: ServerResponse, warnings: readonly string[]): void {
  // A patch that was tried again against a newer object warns twice of the same.
  if (warnings.length > 0) response.setHeader('Warning', warningHeaders(warnings));
}

/** An IPv4 address in IPv6 clothes (`::ffff:127.0.0.1`) is shown plain. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

function goneSignal(response: ServerResponse, shutdown: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    shutdown.removeEventListener('abort', abort);
    controller.abort();
  };
  response.once('close', abort);
  shutdown.addEventListener('abort', abort, { once: true });
  return controller.signal;
}
