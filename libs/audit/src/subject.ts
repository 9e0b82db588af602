import type { AuditEvent } from './event.ts';

/**
 * The subject of an event: `audit.<service>.<verb>.<group>.<resource>.<namespace>`, so that consumers pick what
 * they care for. `core` stands for the empty group, `-` for what is absent, `pods_exec` for a subresource.
 */
export function auditSubject(service: string, { verb, objectRef }: AuditEvent): string {
  if (objectRef === undefined) return `audit.${service}.${token(verb)}.nonresource.-.-`;
  const { apiGroup, resource, subresource, namespace } = objectRef;
  const target = subresource ? `${resource}_${subresource}` : resource;
  return `audit.${service}.${token(verb)}.${token(apiGroup || 'core')}.${token(target)}.${token(namespace)}`;
}

/** No valid name is longer. nats-server ends a connection whose line, subject included, is longer than 4 KiB. */
const MAX_TOKEN = 253;

/** One part of a NATS subject: what would separate parts or match many is written `_`; what is too long is cut. */
function token(part: string | undefined): string {
  return part === undefined || part === '' ? '-' : part.slice(0, MAX_TOKEN).replace(/[^A-Za-z0-9_-]/g, '_');
}
