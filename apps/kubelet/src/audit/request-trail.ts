import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { excerpt } from '@hawser/api';
import {
  type AuditEvent,
  auditedUri,
  auditTimestamp,
  auditUser,
  MAX_USER_AGENT,
  type Stage,
} from '@hawser/audit';
import type { Identity } from '@hawser/authn';
import { peerAddress } from '@hawser/http';
import type { CheckedCaller } from '../api/check-caller.ts';
import { requestAttributes } from '../api/request-attributes.ts';
import { objectReference } from './object-reference.ts';

/** Where the events of requests go. */
export interface EventSink {
  /** Resolves when the event is on disk; rejects, having said why in the log, when it cannot be. */
  keep(event: AuditEvent): Promise<void>;
  /** Takes it to disk soon; it may be lost where too many wait. */
  keepSoon(event: AuditEvent): void;
}

/** Upstream's annotations. */
const DECISION = 'authorization.k8s.io/decision';
const REASON = 'authorization.k8s.io/reason';

/** Reasons of the codes with which the kubelet turns requests down, by upstream's names. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  500: 'InternalError',
};

/**
 * The audit events of one request of the kubelet's API. What runs a command or carries streams is on disk before it
 * does; all other events follow in batches. A refusal changes nothing, and its flood must not cost the disk.
 */
export class RequestTrail {
  /** Our own, whoever asks: a client must not choose what the stream takes for a repeat. */
  readonly #auditId = randomUUID();
  readonly #received = auditTimestamp();
  readonly #facts: Pick<AuditEvent, 'requestURI' | 'verb' | 'sourceIPs' | 'userAgent' | 'objectRef'>;
  readonly #sink: EventSink;
  readonly #onComplete: (trail: RequestTrail) => void;
  readonly #annotations: Record<string, string> = {};
  #user: Identity | undefined;
  #startedCode: number | undefined;
  #hasBegun = false;
  #isComplete = false;

  /** @param path by which the request is authorized. */
  constructor(
    request: IncomingMessage,
    path: string,
    nodeName: string,
    sink: EventSink,
    onComplete: (trail: RequestTrail) => void,
  ) {
    const method = request.method ?? 'GET';
    const userAgent = request.headers['user-agent'];
    this.#facts = {
      requestURI: excerpt(auditedUri(request.url ?? '')),
      verb: requestAttributes(method, path).verb || method.toLowerCase(),
      sourceIPs: [peerAddress(request)],
      ...(userAgent === undefined ? {} : { userAgent: excerpt(userAgent, MAX_USER_AGENT) }),
      objectRef: objectReference(method, path, nodeName),
    };
    this.#sink = sink;
    this.#onComplete = onComplete;
  }

  /** Who asks, as far as that is known, and why they are turned away if they are. */
  by({ identity, refusal, reason = '' }: CheckedCaller): void {
    this.#user = identity;
    if (refusal === undefined) this.annotate({ [DECISION]: 'allow', [REASON]: reason });
    else if (refusal.code === 403) this.annotate({ [DECISION]: 'forbid', [REASON]: reason });
  }

  annotate(annotations: Readonly<Record<string, string>>): void {
    Object.assign(this.#annotations, annotations);
  }

  /** A command is about to run whose outcome will be the answer. Rejects when the event cannot be kept. */
  async received(): Promise<void> {
    await this.#sink.keep(this.#event('RequestReceived'));
    this.#hasBegun = true;
  }

  /** Streams are about to flow. Rejects when the event cannot be kept. */
  async started(code: number): Promise<void> {
    this.#startedCode = code;
    await this.#sink.keep(this.#event('ResponseStarted', { metadata: {}, code }));
    this.#hasBegun = true;
  }

  /** An answer begins that goes on, and only reads. */
  startedReading(code: number): void {
    this.#startedCode = code;
    this.#sink.keepSoon(this.#event('ResponseStarted', { metadata: {}, code }));
  }

  /**
   * The end; only the first counts. Resolves when the event is where it must be before the answer goes out; never
   * rejects: what could not be kept is in the log.
   * @param fault what was said to the client, or ended the streams.
   */
  async complete(code: number, fault?: string): Promise<void> {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#onComplete(this);
    const event = this.#event('ResponseComplete', responseStatus(code, fault));
    if (this.#hasBegun) await this.#sink.keep(event).catch(() => {});
    else this.#sink.keepSoon(event);
  }

  /** Ends what goes on, for a reason that no answer tells. */
  async brokenOff(fault: string): Promise<void> {
    await this.complete(this.#startedCode ?? 500, fault);
  }

  #event(stage: Stage, status?: AuditEvent['responseStatus']): AuditEvent {
    return {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: this.#auditId,
      stage,
      ...this.#facts,
      user: this.#user === undefined ? { username: '' } : auditUser(this.#user),
      ...(status === undefined ? {} : { responseStatus: status }),
      requestReceivedTimestamp: this.#received,
      stageTimestamp: auditTimestamp(),
      ...(Object.keys(this.#annotations).length === 0 ? {} : { annotations: { ...this.#annotations } }),
    };
  }
}

function responseStatus(code: number, fault?: string): NonNullable<AuditEvent['responseStatus']> {
  if (code < 400 && fault === undefined) return { metadata: {}, code };
  return {
    metadata: {},
    status: 'Failure',
    ...(fault === undefined ? {} : { message: excerpt(fault.trimEnd()) }),
    ...(code in REASONS ? { reason: REASONS[code]! } : {}),
    code,
  };
}
