import type { AuditEvent } from '@hawser/audit';

/** One line of an event, without its end: when, what was answered, who, what they did to what, and why they might not. */
export function printEvent(event: AuditEvent): string {
  const status = event.responseStatus?.code ?? '-';
  const user = event.impersonatedUser
    ? `${event.user.username} as ${event.impersonatedUser.username}`
    : event.user.username;
  return `${event.stageTimestamp} ${status} ${user} ${event.verb} ${describeTarget(event)}${describeRefusal(event)}`;
}

/** A refusal says what was missing; its lines become one. */
function describeRefusal({ responseStatus }: AuditEvent): string {
  if (responseStatus?.code !== 403 || !responseStatus.message) return '';
  return ` (${responseStatus.message.replace(/\p{Cc}+/gu, ' ')})`;
}

/** `deployments.apps/web/scale -n default`, or the path of a request that is about no object. */
function describeTarget({ objectRef, requestURI }: AuditEvent): string {
  if (!objectRef?.resource) return requestURI;
  const { resource, apiGroup, name, subresource, namespace } = objectRef;
  const path = [apiGroup ? `${resource}.${apiGroup}` : resource, name ?? '', subresource ?? ''].join('/');
  return path.replace(/\/+$/, '') + (namespace ? ` -n ${namespace}` : '');
}
