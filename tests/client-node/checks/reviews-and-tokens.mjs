import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';
import { config, core, namespace } from '../connect.mjs';

const authorization = config.makeApiClient(k8s.AuthorizationV1Api);
const may = async (user, verb) => {
  const resourceAttributes = { namespace, verb, resource: 'pods' };
  const body = { spec: { user, resourceAttributes } };
  return (await authorization.createSubjectAccessReview({ body })).status.allowed;
};
assert.equal(await may('jane', 'list'), false);
assert.equal(await may('system:kube-scheduler', 'list'), true);
const mine = await authorization.createSelfSubjectAccessReview({
  body: { spec: { resourceAttributes: { verb: '*', resource: '*', group: '*' } } },
});
assert.equal(mine.status.allowed, true);

const { status } = await core.createNamespacedServiceAccountToken({
  namespace,
  name: 'default',
  body: { spec: { audiences: [], expirationSeconds: 600 } },
});
assert.equal(status.token.split('.').length, 3);
assert.ok(status.expirationTimestamp instanceof Date);

const bearer = new k8s.KubeConfig();
bearer.loadFromClusterAndUser(config.getCurrentCluster(), { name: 'account', token: status.token });
const who = await bearer.makeApiClient(k8s.AuthenticationV1Api).createSelfSubjectReview({ body: {} });
assert.equal(who.status.userInfo.username, `system:serviceaccount:${namespace}:default`);
