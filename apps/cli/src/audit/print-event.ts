import type { AuditEvent } from '@hawser/audit';

/** One line of an event, without its end: when, what was answered, who, and what they did to what. */
export function printEvent(event: AuditEvent): string {
  const status = event.responseStatus?.code ?? '-';
  const user = event.impersonatedUser
    ? `${event.user.username} as ${event.impersonatedUser.username}`
    : event.user.username;
  return `${event.stageTimestamp} ${status} ${user} ${event.verb} ${describeTarget(event)}`;
}

/** `deployments.apps/web/scale -n default`, or the path of a request that is about no object. */
function describeTarget({ objectRef, requestURI }: AuditEvent): string {
  if (!objectRef?.resource) return requestURI;
  const { resource, apiGroup, name, subresource, namespace } = objectRef;
  const path = [apiGroup ? `${resource}.${apiGroup}` : resource, name ?? '', subresource ?? ''].join('/');
  return path.replace(/\/+$/, '') + (namespace ? ` -n ${namespace}` : '');
}
