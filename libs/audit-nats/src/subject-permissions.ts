import { AUDIT_STREAM, AUDIT_SUBJECTS } from './audit-stream.ts';
import { inboxPrefixOf } from './nats-connection.ts';

/** What a user of nats-server may publish and subscribe to. */
export interface SubjectPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export const PUBLISHER_CLIENT = 'apiserver';
export const AUDIT_READER_CLIENT = 'audit-reader';

/**
 * The hub: publishes events, and makes and updates the stream. It can neither read events back nor delete single
 * ones; a stolen hub key could still have the stream keep less, which JetStream's permissions cannot tell apart
 * from widening it.
 */
export const PUBLISHER_PERMISSIONS: SubjectPermissions = {
  publish: [AUDIT_SUBJECTS, '$JS.API.INFO', ...['INFO', 'CREATE', 'UPDATE'].map(streamApi)],
  subscribe: [`${inboxPrefixOf(PUBLISHER_CLIENT)}.>`],
};

/** The NATS client of a node's kubelet. */
export function kubeletClient(nodeName: string): string {
  return `kubelet-${nodeName}`;
}

/** A node: publishes events of its kubelet, and nothing else; it cannot so much as ask about the stream. */
export function kubeletPermissions(nodeName: string): SubjectPermissions {
  return { publish: ['audit.kubelet.>'], subscribe: [`${inboxPrefixOf(kubeletClient(nodeName))}.>`] };
}

/** Who follows the stream: consumers of its own on this stream, nothing else. */
export const AUDIT_READER_PERMISSIONS: SubjectPermissions = {
  publish: [
    ...['$JS.API.INFO', streamApi('INFO')],
    ...['CREATE', 'INFO', 'DELETE', 'MSG.NEXT'].map((verb) => `$JS.API.CONSUMER.${verb}.${AUDIT_STREAM}.>`),
    `$JS.API.CONSUMER.CREATE.${AUDIT_STREAM}`,
  ],
  subscribe: [`${inboxPrefixOf(AUDIT_READER_CLIENT)}.>`],
};

function streamApi(verb: string): string {
  return `$JS.API.STREAM.${verb}.${AUDIT_STREAM}`;
}
