import { expect, test } from 'bun:test';
import type { AuditEvent, ObjectReference } from './event.ts';
import { auditSubject } from './subject.ts';

const event = (verb: string, objectRef?: ObjectReference) => ({ verb, objectRef }) as AuditEvent;

const cases: { name: string; event: AuditEvent; subject: string }[] = [
  {
    name: 'a core resource',
    event: event('create', { resource: 'pods', namespace: 'default' }),
    subject: 'audit.apiserver.create.core.pods.default',
  },
  {
    name: 'a subresource',
    event: event('get', { resource: 'pods', subresource: 'log', namespace: 'a' }),
    subject: 'audit.apiserver.get.core.pods_log.a',
  },
  {
    name: 'a cluster-wide kind of a group',
    event: event('list', { resource: 'roles', apiGroup: 'rbac.authorization.k8s.io' }),
    subject: 'audit.apiserver.list.rbac_authorization_k8s_io.roles.-',
  },
  { name: 'no resource', event: event('get'), subject: 'audit.apiserver.get.nonresource.-.-' },
  {
    name: 'what would match many',
    event: event('get', { resource: 'a.>*', namespace: 'b c' }),
    subject: 'audit.apiserver.get.core.a___.b_c',
  },
  {
    name: 'a name that is too long for NATS',
    event: event('get', { resource: 'pods', namespace: 'n'.repeat(10_000) }),
    subject: `audit.apiserver.get.core.pods.${'n'.repeat(253)}`,
  },
];
for (const { name, event, subject } of cases)
  test(name, () => expect(auditSubject('apiserver', event)).toBe(subject));
