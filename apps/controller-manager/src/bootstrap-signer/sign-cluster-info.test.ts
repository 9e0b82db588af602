import { expect, test } from 'bun:test';
import { signDetached } from '@hawser/authn';
import { signClusterInfo } from './sign-cluster-info.ts';

const [first, second] = [
  { id: 'aaaaaa', secret: '0123456789abcdef' },
  { id: 'bbbbbb', secret: 'fedcba9876543210' },
];
const infoOf = (data: Record<string, string>) => ({
  apiVersion: 'v1' as const,
  kind: 'ConfigMap' as const,
  metadata: { name: 'cluster-info', namespace: 'kube-public' },
  data,
});
const kubeconfig = 'kind: Config\n';
const signedBy = (token: typeof first, content = kubeconfig) => ({
  [`jws-kubeconfig-${token.id}`]: signDetached(content, token),
});

test('each token signs, and the rest stays', () => {
  const signed = signClusterInfo(infoOf({ kubeconfig, more: 'x' }), [first, second]);
  expect(signed?.data).toEqual({ kubeconfig, more: 'x', ...signedBy(first), ...signedBy(second) });
});

test('signatures of tokens that have gone are taken away, of other content renewed', () => {
  const stale = { ...signedBy(first, 'something else'), ...signedBy(second) };
  const signed = signClusterInfo(infoOf({ kubeconfig, ...stale }), [first]);
  expect(signed?.data).toEqual({ kubeconfig, ...signedBy(first) });
});

test('nothing is written when all is as it should be, or when there is nothing to sign', () => {
  expect(signClusterInfo(infoOf({ kubeconfig, ...signedBy(first) }), [first])).toBeUndefined();
  expect(signClusterInfo(infoOf({}), [first])).toBeUndefined();
});
