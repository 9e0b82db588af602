import { AUDIT, EVENTS, type EventStream } from './event-stream.ts';
import { inboxPrefixOf } from './nats-connection.ts';

/** What a user of nats-server may publish and subscribe to. */
export interface SubjectPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export const PUBLISHER_CLIENT = 'apiserver';
export const AUDIT_READER_CLIENT = 'audit-reader';
export const EVENTS_READER_CLIENT = 'events-reader';
export const KONNECTIVITY_SERVER_CLIENT = 'konnectivity-server';
export const CONTROLLER_MANAGER_CLIENT = 'controller-manager';

/**
 * The hub: publishes events, and makes and updates the streams, its own and those of services. It can neither read
 * events back nor delete single ones; a stolen hub key could still have a stream keep less, or copy its events to
 * where it hears them, which JetStream's permissions cannot tell apart from widening it.
 */
export const PUBLISHER_PERMISSIONS: SubjectPermissions = {
  publish: [AUDIT.subjects, '$JS.API.INFO', ...[AUDIT, EVENTS].flatMap(makingOf)],
  subscribe: [`${inboxPrefixOf(PUBLISHER_CLIENT)}.>`],
};

/**
 * A Konnectivity server: publishes its own events. Whoever may make or update a stream can have another, such as the
 * audit trail, copied into it and sent on to themselves.
 */
export const KONNECTIVITY_SERVER_PERMISSIONS: SubjectPermissions = {
  publish: ['hawser.konnectivity.>'],
  subscribe: [`${inboxPrefixOf(KONNECTIVITY_SERVER_CLIENT)}.>`],
};

/** A controller manager: publishes its own events, as a Konnectivity server does, and nothing else. */
export const CONTROLLER_MANAGER_PERMISSIONS: SubjectPermissions = {
  publish: ['hawser.controller-manager.>'],
  subscribe: [`${inboxPrefixOf(CONTROLLER_MANAGER_CLIENT)}.>`],
};

/** The NATS client of a node's kubelet. */
export function kubeletClient(nodeName: string): string {
  return `kubelet-${nodeName}`;
}

/** A node: publishes events of its kubelet, and nothing else; it cannot so much as ask about the stream. */
export function kubeletPermissions(nodeName: string): SubjectPermissions {
  return { publish: ['audit.kubelet.>'], subscribe: [`${inboxPrefixOf(kubeletClient(nodeName))}.>`] };
}

/** Who follows the audit stream, and nothing else. */
export const AUDIT_READER_PERMISSIONS = readerPermissions(AUDIT_READER_CLIENT, AUDIT);

/** Who follows the other events, and nothing else: they say less than the audit stream, and more may see them. */
export const EVENTS_READER_PERMISSIONS = readerPermissions(EVENTS_READER_CLIENT, EVENTS);

/** Consumers of its own on one stream. */
function readerPermissions(client: string, stream: EventStream): SubjectPermissions {
  const { name } = stream;
  return {
    publish: [
      ...['$JS.API.INFO', streamApi('INFO', stream)],
      ...['CREATE', 'INFO', 'DELETE', 'MSG.NEXT'].map((verb) => `$JS.API.CONSUMER.${verb}.${name}.>`),
      `$JS.API.CONSUMER.CREATE.${name}`,
    ],
    subscribe: [`${inboxPrefixOf(client)}.>`],
  };
}

function makingOf(stream: EventStream): string[] {
  return ['INFO', 'CREATE', 'UPDATE'].map((verb) => streamApi(verb, stream));
}

function streamApi(verb: string, { name }: EventStream): string {
  return `$JS.API.STREAM.${verb}.${name}`;
}
