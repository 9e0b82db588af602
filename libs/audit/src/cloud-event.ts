import type { OutboxRecord } from '@hawser/storage';

/** A CloudEvents 1.0 event in structured mode, with JSON data. */
export interface CloudEvent<T extends object = object> {
  readonly specversion: '1.0';
  /** Unique; with it a second delivery is recognisable. */
  readonly id: string;
  /** A URI reference that names the instance it happened at. */
  readonly source: string;
  /** What happened, such as `dev.hawser.konnectivity.agent.connected`. */
  readonly type: string;
  /** What it happened to, within the source. */
  readonly subject?: string;
  /** RFC 3339. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: T;
}

/** The media type of a structured event (CloudEvents JSON format, section 3). */
export const CLOUD_EVENT_TYPE = 'application/cloudevents+json';

const TYPE_PREFIX = 'dev.hawser';

/** Makes the events of one instance of a service. */
export class CloudEventSource {
  /** @param service as it stands in types and subjects. @param source names the instance. */
  constructor(
    private readonly service: string,
    private readonly source: string,
    private readonly now: () => Date,
  ) {}

  /**
   * @param what kind and happening, such as `agent.connected`.
   * @param subject what it happened to.
   * @param id for what may be told of again, and is the same event then; a random one if absent.
   */
  event<T extends object>(
    what: string,
    subject: string | undefined,
    data: T,
    id: string = crypto.randomUUID(),
  ): CloudEvent<T> {
    return {
      specversion: '1.0',
      id,
      source: this.source,
      type: `${TYPE_PREFIX}.${this.service}.${what}`,
      ...(subject === undefined ? {} : { subject }),
      time: this.now().toISOString(),
      datacontenttype: 'application/json',
      data,
    };
  }
}

/** What others chose is cut to so many characters. */
const MAX_TEXT = 1_024;

/** A text that somebody else chose, at a length that suits an event. */
export const cutText = (text: string): string => text.slice(0, MAX_TEXT);

/** The record of an event: its subject is its type, as `hawser.<service>.<kind>.<what>`. */
export function eventRecord(event: CloudEvent): OutboxRecord {
  return {
    id: event.id,
    subject: event.type.slice(TYPE_PREFIX.indexOf('hawser')),
    body: JSON.stringify(event),
  };
}
