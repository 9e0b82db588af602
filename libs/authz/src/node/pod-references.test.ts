import { expect, test } from 'bun:test';
import type { Pod } from '@hawser/api';
import { podReferences } from './pod-references.ts';

const pod = (spec: Partial<Pod['spec']>, annotations?: Record<string, string>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'ns', annotations },
  spec: { containers: [], ...spec },
});
const container = { name: 'c', image: 'i' };

test('finds every name that a pod needs something by', () => {
  const references = podReferences(
    pod({
      serviceAccountName: 'robot',
      imagePullSecrets: [{ name: 'pull' }, {}],
      initContainers: [{ ...container, envFrom: [{ secretRef: { name: 'init-all' } }] }],
      containers: [
        {
          ...container,
          env: [
            { name: 'A', value: 'plain' },
            { name: 'B', valueFrom: { secretKeyRef: { name: 'one-key', key: 'k' } } },
            { name: 'C', valueFrom: { configMapKeyRef: { name: 'config-key', key: 'k' } } },
          ],
          envFrom: [{ configMapRef: { name: 'config-all' } }],
        },
      ],
      ephemeralContainers: [{ ...container, envFrom: [{ secretRef: { name: 'debug' } }] }],
      volumes: [
        { name: 'a', secret: { secretName: 'mounted' } },
        { name: 'b', configMap: { name: 'config-mounted' } },
        {
          name: 'c',
          projected: {
            sources: [{ secret: { name: 'projected' } }, { configMap: { name: 'config-projected' } }],
          },
        },
        { name: 'd', csi: { driver: 'd', nodePublishSecretRef: { name: 'driver' } } },
        { name: 'e', persistentVolumeClaim: { claimName: 'claim' } },
        { name: 'f', ephemeral: {} },
        { name: 'g', emptyDir: {} },
      ],
      resourceClaims: [
        { name: 'r', resourceClaimName: 'gpu' },
        { name: 't', resourceClaimTemplateName: 'x' },
      ],
    }),
  );
  expect(
    Object.fromEntries(Object.entries(references).map(([key, names]) => [key, [...names].sort()])),
  ).toEqual({
    secrets: ['debug', 'driver', 'init-all', 'mounted', 'one-key', 'projected', 'pull'],
    configmaps: ['config-all', 'config-key', 'config-mounted', 'config-projected'],
    persistentvolumeclaims: ['claim', 'p-f'],
    serviceaccounts: ['robot'],
    resourceclaims: ['gpu'],
  });
});

test('a mirror pod, which the node makes itself, refers to nothing', () => {
  const spec = { volumes: [{ name: 'a', secret: { secretName: 'any' } }], serviceAccountName: 'admin' };
  const references = podReferences(pod(spec, { 'kubernetes.io/config.mirror': 'x' }));
  expect(Object.values(references).every((names) => names.size === 0)).toBe(true);
});
