import { describe, expect, test } from 'bun:test';
import type { AuditEvent } from '@hawser/audit';
import { printEvent } from './print-event.ts';

const event: AuditEvent = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID: 'a',
  stage: 'ResponseComplete',
  requestURI: '/healthz?verbose',
  verb: 'get',
  user: { username: 'alice' },
  requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
  stageTimestamp: '2026-01-01T00:00:00.000001Z',
};

describe('an event in one line', () => {
  const cases = [
    { name: 'without an object', extra: {}, line: '- alice get /healthz?verbose' },
    {
      name: 'about an object',
      extra: {
        objectRef: { resource: 'pods', name: 'web', namespace: 'default' },
        responseStatus: { metadata: {}, code: 201 },
      },
      line: '201 alice get pods/web -n default',
    },
    {
      name: 'about a subresource of a group, by somebody who acts as somebody else',
      extra: {
        impersonatedUser: { username: 'bob' },
        objectRef: {
          resource: 'deployments',
          apiGroup: 'apps',
          name: 'web',
          subresource: 'scale',
          namespace: 'n',
        },
      },
      line: '- alice as bob get deployments.apps/web/scale -n n',
    },
    {
      name: 'of a refusal, in one line as well',
      extra: {
        objectRef: { resource: 'secrets', name: 'x', namespace: 'n' },
        responseStatus: {
          metadata: {},
          code: 403,
          message:
            'secrets "x" is forbidden: User "alice" cannot get it: no relationship\nRBAC: "y" not found',
        },
      },
      line: '403 alice get secrets/x -n n (secrets "x" is forbidden: User "alice" cannot get it: no relationship RBAC: "y" not found)',
    },
    { name: 'about a collection', extra: { objectRef: { resource: 'nodes' } }, line: '- alice get nodes' },
  ];
  test.each(cases)('$name', ({ extra, line }) => {
    expect(printEvent({ ...event, ...extra })).toBe(`2026-01-01T00:00:00.000001Z ${line}`);
  });
});
