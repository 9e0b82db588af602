import { describe, expect, test } from 'bun:test';
import { allKinds } from '../kinds/all-kinds.ts';
import { openApiDocument } from './open-api-document.ts';
import { openApiHash, openApiIndex } from './open-api-index.ts';

const groupVersions = [...new Set(allKinds.map((kind) => kind.apiVersion))];
const core = openApiDocument('v1', allKinds);
const POD = '/api/v1/namespaces/{namespace}/pods/{name}';
const schema = (name: string) => core.components.schemas[`io.k8s.api.core.v1.${name}`];
const property = (owner: string, name: string) => schema(owner)?.properties?.[name];

describe('openApiDocument', () => {
  for (const groupVersion of groupVersions)
    test(`of ${groupVersion} refers only to schemas that it has`, () => {
      const document = openApiDocument(groupVersion, allKinds);
      const references = JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
      for (const [, name] of references) expect(document.components.schemas).toHaveProperty([name!]);
    });

  test('gives every operation an id of its own', () => {
    const ids = groupVersions.flatMap((groupVersion) =>
      Object.values(openApiDocument(groupVersion, allKinds).paths).flatMap(
        ({ parameters: _, ...operations }) =>
          Object.values(operations).map((operation) => operation.operationId),
      ),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('listCoreV1PodForAllNamespaces');
    expect(ids).toContain('replaceCoreV1NodeStatus');
    expect(ids).toContain('deleteRbacAuthorizationV1CollectionNamespacedRole');
  });

  test('shows kubectl that PATCH validates fields', () => {
    const patch = core.paths[POD]?.patch;
    expect(patch?.['x-kubernetes-group-version-kind']).toEqual({ group: '', version: 'v1', kind: 'Pod' });
    expect(patch?.parameters?.map(({ name }) => name)).toContain('fieldValidation');
    expect(patch?.requestBody?.content).toHaveProperty(['application/strategic-merge-patch+json']);
  });

  test('marks how lists merge', () => {
    expect(property('PodSpec', 'volumes')).toMatchObject({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge,retainKeys',
    });
    expect(property('PodSpec', 'tolerations')).toMatchObject({ 'x-kubernetes-list-type': 'atomic' });
    expect(property('NodeSpec', 'podCIDRs')).toMatchObject({ 'x-kubernetes-patch-strategy': 'merge' });
  });

  test('says what is required, allowed and filled in', () => {
    expect(schema('Container')?.required).toEqual(['name']);
    expect(schema('Pod')?.required).toBeUndefined();
    expect(property('PodSpec', 'restartPolicy')).toMatchObject({
      enum: ['Always', 'OnFailure', 'Never'],
      default: 'Always',
    });
  });

  test('lets embedded fields stand among those of their owner', () => {
    expect(Object.keys(schema('Volume')?.properties ?? {})).toContain('configMap');
    expect(property('EphemeralContainer', 'image')).toBeDefined();
    expect(schema('VolumeSource')).toBeUndefined();
  });

  test('lets subresources speak their own kind', () => {
    const token = core.paths['/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token'];
    expect(token?.post?.['x-kubernetes-group-version-kind'].kind).toBe('TokenRequest');
    const log = core.paths[`${POD}/log`]?.get;
    expect(log?.responses[200]?.content).toHaveProperty(['text/plain']);
  });

  test('describes both versions of an event, each with its own fields', () => {
    const newer = openApiDocument('events.k8s.io/v1', allKinds);
    const EVENT = '/apis/events.k8s.io/v1/namespaces/{namespace}/events/{name}';
    expect(newer.paths[EVENT]?.put?.operationId).toBe('replaceEventsV1NamespacedEvent');
    const fields = (document: typeof core, name: string) =>
      Object.keys(document.components.schemas[name]?.properties ?? {});
    expect(fields(newer, 'io.k8s.api.events.v1.Event')).toContain('regarding');
    expect(fields(newer, 'io.k8s.api.events.v1.Event')).not.toContain('involvedObject');
    expect(fields(core, 'io.k8s.api.core.v1.Event')).toContain('involvedObject');
  });

  test('lets the source of a volume stand among the fields of its spec', () => {
    expect(Object.keys(schema('PersistentVolumeSpec')?.properties ?? {})).toContain('csi');
    expect(property('PersistentVolumeSpec', 'persistentVolumeSource')).toBeUndefined();
    expect(schema('CSIPersistentVolumeSource')?.required).toEqual(['driver', 'volumeHandle']);
    expect(property('PersistentVolumeSpec', 'accessModes')).toMatchObject({
      items: { enum: ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'] },
    });
  });

  test('has no paths for what cannot be done', () => {
    const statuses = core.paths['/api/v1/componentstatuses/{name}'];
    expect(Object.keys(statuses ?? {})).toEqual(expect.arrayContaining(['get']));
    for (const verb of ['put', 'patch', 'delete']) expect(statuses).not.toHaveProperty([verb]);
    expect(Object.keys(openApiDocument('authorization.k8s.io/v1', allKinds).paths)).toEqual([
      '/apis/authorization.k8s.io/v1/namespaces/{namespace}/localsubjectaccessreviews',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    ]);
  });
});

test('openApiIndex names each document with its hash', () => {
  const { paths } = openApiIndex(allKinds);
  const hash = openApiHash(JSON.stringify(core));
  expect(paths['api/v1']).toEqual({ serverRelativeURL: `/openapi/v3/api/v1?hash=${hash}` });
  expect(Object.keys(paths)).toContain('apis/rbac.authorization.k8s.io/v1');
});
