import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ApiError, excerpt } from '@hawser/api';
import {
  type AuditEvent,
  type AuditLog,
  type AuditPolicy,
  auditedUri,
  auditTimestamp,
  auditUser,
  MAX_USER_AGENT,
  type OutboxRecord,
  type Stage,
} from '@hawser/audit';
import { ANONYMOUS, type Identity } from '@hawser/authn';
import type { Impersonated } from '@hawser/authz';
import type { RequestInfo } from '@hawser/http';
import type { AnyObject, Operation } from '@hawser/registry';
import { TooManyRequestsError } from '../flow-control/too-many-requests-error.ts';
import { isPodStream } from './authorize.ts';

const READ_VERBS = new Set(['get', 'list', 'watch', 'head', 'options']);

/**
 * The audit event of one request, as it grows. A mutating request is not answered before its event is on disk;
 * where it wrote one object, the event went there in the same commit.
 */
export class AuditTrail {
  /** Always our own: were it the client's to choose, a second use of it would pass for a repeat and be dropped. */
  readonly auditId = randomUUID();
  readonly #received = auditTimestamp();
  readonly #request: IncomingMessage;
  readonly #log: AuditLog;
  readonly #policy: AuditPolicy;
  readonly #sourceAddress: string;
  readonly #annotations: Record<string, string> = {};
  #info: RequestInfo | undefined;
  #user: Identity | undefined;
  #impersonated: Impersonated | undefined;
  #object: { name?: string; uid?: string; resourceVersion?: string } = {};
  #kept = false;

  constructor(request: IncomingMessage, sourceAddress: string, log: AuditLog, policy: AuditPolicy) {
    this.#request = request;
    this.#sourceAddress = sourceAddress;
    this.#log = log;
    this.#policy = policy;
  }

  about(info: RequestInfo): void {
    this.#info = info;
  }

  by(user: Identity): void {
    this.#user = user;
  }

  as(impersonated: Impersonated): void {
    this.#impersonated = impersonated;
  }

  annotate(key: string, value: string): void {
    this.#annotations[key] = value;
  }

  /**
   * The records for the commit of the object that the request writes; the request will have succeeded then. Of
   * many writes by one request the first brings the event along, and the others' are dropped as repeats.
   */
  recordsOf(object: AnyObject, operation: Operation): readonly OutboxRecord[] {
    const { name, uid, resourceVersion } = object.metadata;
    if (this.#info?.verb !== 'deletecollection') this.#object = { name, uid, resourceVersion };
    const created = operation === 'CREATE' || this.#info?.verb === 'create';
    const event = this.#event('ResponseComplete', { code: created ? 201 : 200 });
    if (event === undefined) return [];
    this.#kept = true;
    return [this.#log.record(event)];
  }

  /** What metrics tell requests apart by; bounded, since only served resources get so far by name. */
  labels(): { verb: string; resource: string; subresource: string } {
    const {
      verb = 'other',
      resource = '',
      subresource = '',
    } = this.#user === undefined ? {} : (this.#info ?? {});
    return { verb: verb.toUpperCase(), resource, subresource };
  }

  /** A request that goes on is about to be answered. */
  async started(code = 200): Promise<void> {
    await this.#keep(this.#event('ResponseStarted', { code }), !this.#isRead());
  }

  /** Resolves when the event is where it must be before the answer goes out. */
  async complete(code: number, error?: unknown): Promise<void> {
    if (this.#kept && error === undefined) return;
    const nothingDone = this.#isRead() || error instanceof TooManyRequestsError;
    await this.#keep(this.#event('ResponseComplete', { code, error }), !nothingDone);
  }

  async #keep(event: AuditEvent | undefined, mustWait: boolean): Promise<void> {
    if (event === undefined) return;
    if (mustWait) await this.#log.keep(event);
    else this.#log.keepSoon(event);
  }

  /** A refused stranger changed nothing, whatever the verb; a flood of them must not cost a sync each. */
  #isRead(): boolean {
    if (this.#user === undefined || this.#user === ANONYMOUS) return true;
    const info = this.#info;
    return info === undefined || (READ_VERBS.has(info.verb) && !isPodStream(info));
  }

  #event(stage: Stage, { code, error }: { code: number; error?: unknown }): AuditEvent | undefined {
    const info = this.#info;
    const user = this.#user;
    const verb = info?.verb ?? (this.#request.method ?? 'GET').toLowerCase();
    const level = this.#policy.levelOf({
      user: user?.name ?? '',
      groups: user?.groups ?? [],
      verb,
      namespace: info?.namespace ?? '',
      apiGroup: info?.apiGroup ?? '',
      resource: info?.resource ?? '',
      subresource: info?.subresource ?? '',
      name: info?.name ?? '',
      path: info?.path ?? '',
    });
    if (level === 'None') return undefined;
    const userAgent = this.#request.headers['user-agent'];
    return {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level,
      auditID: this.auditId,
      stage,
      requestURI: excerpt(auditedUri(this.#request.url ?? '')),
      verb,
      user: user === undefined ? { username: '' } : auditUser(user),
      ...impersonation(this.#impersonated),
      sourceIPs: [this.#sourceAddress],
      ...(userAgent === undefined ? {} : { userAgent: excerpt(userAgent, MAX_USER_AGENT) }),
      ...(info?.resourceRequest ? { objectRef: this.#reference(info) } : {}),
      responseStatus: responseStatus(code, error),
      requestReceivedTimestamp: this.#received,
      stageTimestamp: auditTimestamp(),
      ...(Object.keys(this.#annotations).length === 0 ? {} : { annotations: this.#annotations }),
    };
  }

  #reference(info: RequestInfo): NonNullable<AuditEvent['objectRef']> {
    const present = {
      resource: info.resource,
      namespace: info.namespace,
      name: this.#object.name ?? info.name,
      uid: this.#object.uid,
      apiGroup: info.apiGroup,
      apiVersion: info.apiVersion,
      resourceVersion: this.#object.resourceVersion,
      subresource: info.subresource,
    };
    return Object.fromEntries(
      Object.entries(present).filter(([, value]) => value !== undefined && value !== ''),
    );
  }
}

function impersonation(impersonated: Impersonated | undefined) {
  if (impersonated === undefined) return {};
  const { identity, constraint } = impersonated;
  return {
    impersonatedUser: auditUser(identity),
    ...(constraint === undefined ? {} : { authenticationMetadata: { impersonationConstraint: constraint } }),
  };
}

function responseStatus(code: number, error: unknown): NonNullable<AuditEvent['responseStatus']> {
  if (error === undefined) return { metadata: {}, code };
  const known = error instanceof ApiError ? { message: excerpt(error.message), reason: error.reason } : {};
  return { metadata: {}, status: 'Failure', ...known, code };
}
