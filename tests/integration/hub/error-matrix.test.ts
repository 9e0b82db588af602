import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure } from '../../cluster/expectations.ts';
import { configMap } from '../../cluster/objects.ts';

const hub = shareCluster();
const MAPS = '/api/v1/namespaces/default/configmaps';
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const NO_METHOD = 'the server does not allow this method on the requested resource';
const PATCHES =
  'application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json';

interface Case {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  readonly accept?: string;
  readonly body?: unknown;
  readonly code: number;
  readonly reason: string;
  /** The whole message, or what it looks like. */
  readonly message: string | RegExp;
}

const invalidOptions = (kind: string, fault: string) => `${kind}.meta.k8s.io "" is invalid: ${fault}`;
const read = { method: 'GET', code: 400, reason: 'BadRequest' };
const write = { method: 'POST', path: MAPS, body: configMap('matrix'), code: 400, reason: 'BadRequest' };
const patch = {
  method: 'PATCH',
  path: `${MAPS}/patched`,
  type: MERGE,
  body: {},
  code: 422,
  reason: 'Invalid',
};

const cases: Case[] = [
  {
    ...read,
    name: 'a label selector with an unknown operator',
    path: `${MAPS}?labelSelector=a+is+b`,
    message: /unable to parse requirement|found 'is'/,
  },
  {
    ...read,
    name: 'a field selector that is none',
    path: `${MAPS}?fieldSelector=name`,
    message: "invalid selector: 'name'; can't understand 'name'",
  },
  {
    ...read,
    name: 'a field selector with an escape that is none',
    path: `${MAPS}?fieldSelector=metadata.name%3Da%5Cb`,
    message: 'invalid field selector: invalid escape sequence: \\b',
  },
  {
    ...read,
    name: 'a field label of another kind',
    path: `${MAPS}?fieldSelector=spec.nodeName%3Da`,
    message: /field label not supported: spec\.nodeName/,
  },
  {
    ...write,
    name: 'a dryRun that is none',
    path: `${MAPS}?dryRun=Some`,
    code: 422,
    reason: 'Invalid',
    message: invalidOptions('CreateOptions', 'dryRun: Unsupported value: ["Some"]: supported values: "All"'),
  },
  {
    ...write,
    name: 'a fieldValidation that is none',
    path: `${MAPS}?fieldValidation=Maybe`,
    code: 422,
    reason: 'Invalid',
    message: invalidOptions(
      'CreateOptions',
      'fieldValidation: Unsupported value: "Maybe": supported values: "", "Ignore", "Strict", "Warn"',
    ),
  },
  {
    ...write,
    name: 'a fieldManager that is too long',
    path: `${MAPS}?fieldManager=${'m'.repeat(129)}`,
    code: 422,
    reason: 'Invalid',
    message: invalidOptions('CreateOptions', 'fieldManager: Too long: may not be more than 128 bytes'),
  },
  {
    ...write,
    name: 'a fieldManager that cannot be printed',
    path: `${MAPS}?fieldManager=a%0Ab`,
    code: 422,
    reason: 'Invalid',
    message: invalidOptions(
      'CreateOptions',
      'fieldManager: Invalid value: "a\\nb": invalid character U+000A (at position 1)',
    ),
  },
  {
    ...patch,
    name: 'force on a patch that does not apply',
    path: `${patch.path}?force=true`,
    message: invalidOptions('PatchOptions', 'force: Forbidden: may not be specified for non-apply patch'),
  },
  {
    ...patch,
    name: 'options of a delete: a policy that is none',
    method: 'DELETE',
    body: { propagationPolicy: 'Sideways' },
    type: 'application/json',
    message: invalidOptions(
      'DeleteOptions',
      'propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"',
    ),
  },
  {
    ...read,
    name: 'options of a delete: a grace period that is no number',
    method: 'DELETE',
    path: `${MAPS}/a?gracePeriodSeconds=soon`,
    message: 'strconv.ParseInt: parsing "soon": invalid syntax',
  },
  {
    ...write,
    name: 'JSON that breaks off',
    body: '{"metadata":',
    message: /^couldn't get version\/kind; /,
  },
  {
    ...write,
    name: 'YAML that is none',
    type: 'application/yaml',
    body: 'a: [',
    message: /^couldn't get version\/kind; /,
  },
  {
    ...write,
    name: 'protobuf that breaks off',
    type: 'application/vnd.kubernetes.protobuf',
    body: 'k8s\0\x0a\x20',
    message: /./,
  },
  {
    ...write,
    name: 'bytes that are no protobuf',
    type: 'application/vnd.kubernetes.protobuf',
    body: 'hello',
    message: /./,
  },
  {
    ...write,
    name: 'another kind',
    body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } },
    message: /Secret/,
  },
  {
    ...write,
    name: 'another namespace',
    body: configMap('a', {}, { namespace: 'kube-system' }),
    message: /^the namespace of the provided object does not match the namespace sent on the request/,
  },
  {
    ...write,
    name: 'a name that is not that of the path',
    method: 'PUT',
    path: `${MAPS}/matrix`,
    body: configMap('other'),
    message: 'the name of the object (other) does not match the name on the URL (matrix)',
  },
  {
    ...write,
    name: 'unknown fields, strictly',
    path: `${MAPS}?fieldValidation=Strict`,
    body: { ...configMap('matrix'), typo: 1 },
    message: /strict decoding error: unknown field "typo"/,
  },
  {
    ...patch,
    name: 'unknown fields in a merge patch, strictly',
    path: `${patch.path}?fieldValidation=Strict`,
    body: { typo: 1 },
    message: /strict decoding error: unknown field "typo"/,
  },
  {
    ...patch,
    name: 'unknown fields in a strategic patch, strictly',
    path: `${patch.path}?fieldValidation=Strict`,
    type: STRATEGIC,
    body: { typo: 1 },
    message: /strict decoding error: unknown field "typo"/,
  },
  {
    ...patch,
    name: 'a patch that is no JSON',
    body: '{',
    code: 400,
    reason: 'BadRequest',
    message: /^error decoding patch: /,
  },
  {
    ...write,
    name: 'a body of an unknown type',
    type: 'text/csv',
    code: 415,
    reason: 'UnsupportedMediaType',
    message:
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  {
    ...patch,
    name: 'a patch of an unknown type',
    type: 'application/json',
    code: 415,
    reason: 'UnsupportedMediaType',
    message: new RegExp(`accepted media types include: ${PATCHES.replaceAll('+', '\\+')}`),
  },
  {
    ...read,
    name: 'an answer that cannot be given',
    path: MAPS,
    accept: 'image/png',
    code: 406,
    reason: 'NotAcceptable',
    message:
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  {
    ...write,
    name: 'POST to an object',
    path: `${MAPS}/a`,
    code: 405,
    reason: 'MethodNotAllowed',
    message: NO_METHOD,
  },
  {
    ...patch,
    name: 'PATCH of a collection',
    path: MAPS,
    code: 405,
    reason: 'MethodNotAllowed',
    message: NO_METHOD,
  },
  {
    ...read,
    name: 'GET of a review',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    code: 405,
    reason: 'MethodNotAllowed',
    message: NO_METHOD,
  },
];

describe('a refusal has upstream’s code, reason and words:', () => {
  for (const { name, method, path, type = 'application/json', accept, body, code, reason, message } of cases)
    hub.test(name, async (cluster) => {
      await cluster.admin.post(MAPS, configMap('patched'));
      const answer = await cluster.admin.request(method, path, {
        headers: {
          ...(body === undefined ? {} : { 'content-type': type }),
          ...(accept === undefined ? {} : { accept }),
        },
        ...(body === undefined ? {} : { body: body as object | string }),
      });
      const status = expectFailure(answer, code, reason);
      if (typeof message === 'string') expect(status.message).toBe(message);
      else expect(status.message).toMatch(message);
    });
});
