import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';

const hub = shareCluster();
const REVIEWS = '/apis/authorization.k8s.io/v1';

describe.each(['1.36', '1.30'] as const)('kubectl %s auth can-i --list', (version) => {
  hub.test('shows what an identity may do', async (cluster) => {
    const { exitCode, stdout } = await cluster.kubectl(version, 'auth', 'can-i', '--list', '--as=jane');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('selfsubjectrulesreviews.authorization.k8s.io');
    expect(stdout).toMatch(/\[\/readyz\]/);
    expect(stdout).not.toContain('secrets');
    const masters = await cluster.kubectl(
      version,
      'auth',
      'can-i',
      '--list',
      '--as=root',
      '--as-group=system:masters',
    );
    expect(masters.stdout).toContain('*.*');
  });
});

hub.test('a LocalSubjectAccessReview is about its own namespace', async (cluster) => {
  const namespace = await cluster.namespace();
  const path = `${REVIEWS}/namespaces/${namespace}/localsubjectaccessreviews`;
  const review = (within: string) => ({
    spec: {
      user: 'kubernetes-admin',
      groups: ['hawser:cluster-admins'],
      resourceAttributes: { namespace: within, verb: 'get', resource: 'pods' },
    },
  });
  expect(expectJson(await cluster.admin.post(path, review(namespace)), 201).status.allowed).toBe(true);
  expectFailure(await cluster.admin.post(path, review('default')), 422, 'Invalid');
  expectFailure(
    await cluster.admin.post(`${REVIEWS}/localsubjectaccessreviews`, review('')),
    405,
    'MethodNotAllowed',
  );
});
