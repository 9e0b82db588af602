import { type Logger, silentLogger } from '@hawser/observability';
import { type Clock, sleep, systemClock } from '@hawser/runtime';
import { EventCorrelator, type EventEntry, timestamp } from './event-correlator.ts';
import type { KubeClient } from './kube-client.ts';
import type { Named, Resource } from './resource.ts';
import { isNotFound, StatusError } from './status-error.ts';

/** What an event is about, as core/v1 `ObjectReference`. */
export interface EventSubject {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Such as `spec.containers{main}`. */
  readonly fieldPath?: string;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** Who reports, such as `kubelet` or `default-scheduler`. */
  readonly component: string;
  /** The node it reports from, if any. */
  readonly host?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** The core/v1 kind; written out since events are made, never read back. */
const EVENTS: Resource = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };
/** As client-go's broadcaster: tries, and the wait between, when the server cannot be reached. */
const MAX_TRIES = 12;
const RETRY_MS = 10_000;
const QUEUE_SIZE = 1000;

/**
 * Writes core/v1 Events in the background, counted up and thinned out as client-go's recorder does. Reporting never
 * fails and never waits: when the server is away for long, events are lost, and the log says so.
 */
export class EventRecorder implements AsyncDisposable {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #correlator: EventCorrelator;
  readonly #stop = new AbortController();
  #pending = 0;
  #tail: Promise<void> = Promise.resolve();
  #lastName = 0n;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#correlator = new EventCorrelator(this.#clock);
  }

  /** Reports something about an object: an object with its kind, or a reference (`subjectOf`). */
  event(
    about: EventSubject | (Named & { apiVersion: string; kind: string }),
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): void {
    if (this.#stop.signal.aborted) return;
    if (this.#pending >= QUEUE_SIZE) {
      this.#logger.warn({ reason }, 'event dropped: too many are waiting');
      return;
    }
    const subject = 'metadata' in about ? subjectOf(about) : about;
    this.#pending += 1;
    this.#tail = this.#tail.then(() => this.#write(subject, type, reason, message));
  }

  /** Resolves when everything reported so far is written or given up. */
  flush(): Promise<void> {
    return this.#tail;
  }

  /** Stops waiting for a server that is away; what could not be written is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the event recorder is closed'));
    await this.#tail;
  }

  async #write(subject: EventSubject, type: string, reason: string, message: string): Promise<void> {
    try {
      const { component, host } = this.#options;
      const facts = {
        source: `${component}/${host ?? ''}`,
        subject: identify(subject),
        type,
        reason,
        message,
      };
      const verdict = this.#correlator.correlate(facts);
      if (verdict) await this.#send({ subject, type, reason, message: verdict.message }, verdict.entry);
    } catch (error) {
      this.#logger.warn({ error, reason }, 'event lost');
    } finally {
      this.#pending -= 1;
    }
  }

  async #send(event: EventText, entry: EventEntry): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#createOrCount(event, entry);
      } catch (error) {
        // A refusal (the namespace is going away, say) does not get better by repeating it.
        if (error instanceof StatusError || attempt >= MAX_TRIES || this.#stop.signal.aborted) throw error;
        await sleep(RETRY_MS, this.#stop.signal, this.#clock);
      }
    }
  }

  async #createOrCount(event: EventText, entry: EventEntry): Promise<void> {
    const { client } = this.#options;
    const namespace = event.subject.namespace || 'default';
    const lastTimestamp = timestamp(this.#clock.now());
    if (entry.name !== undefined) {
      const change = { count: entry.count, lastTimestamp, message: event.message };
      try {
        await client.patch(EVENTS, entry.name, change, { namespace, type: 'merge' });
        return;
      } catch (error) {
        if (!isNotFound(error)) throw error;
        entry.count = 1;
        entry.firstTimestamp = lastTimestamp;
      }
    }
    const name = `${event.subject.name}.${this.#uniqueSuffix()}`;
    await client.create(EVENTS, this.#build(event, entry, { name, namespace }, lastTimestamp));
    entry.name = name;
  }

  #build(
    event: EventText,
    entry: EventEntry,
    metadata: { name: string; namespace: string },
    lastTimestamp: string,
  ) {
    const { component, host } = this.#options;
    return {
      metadata,
      involvedObject: { ...event.subject },
      reason: event.reason,
      message: event.message,
      type: event.type,
      source: host === undefined ? { component } : { component, host },
      firstTimestamp: entry.firstTimestamp,
      lastTimestamp,
      count: entry.count,
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
  }

  /** The time in nanoseconds, in hexadecimal, as client-go names events; never the same twice. */
  #uniqueSuffix(): string {
    const now = BigInt(this.#clock.now().getTime()) * 1_000_000n;
    this.#lastName = now > this.#lastName ? now : this.#lastName + 1n;
    return this.#lastName.toString(16);
  }
}

interface EventText {
  readonly subject: EventSubject;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** The reference to an object, or to a part of it (`fieldPath`). */
export function subjectOf(
  object: Named & { apiVersion: string; kind: string },
  fieldPath?: string,
): EventSubject {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, namespace, name, uid, resourceVersion, ...(fieldPath ? { fieldPath } : {}) };
}

function identify(subject: EventSubject): string {
  const { apiVersion, kind, namespace, name, uid, fieldPath } = subject;
  return [apiVersion, kind, namespace, name, uid, fieldPath].join('\n');
}
