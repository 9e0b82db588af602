import { isDeepStrictEqual } from 'node:util';
import { notFound, type Pod, pods } from '@hawser/api';
import type { AdmissionAttributes } from '@hawser/registry';
import type { NodeRestrictionOptions } from './node-restriction.ts';
import { quote, refuseNode } from './refuse-node.ts';
import { restrictMirrorPod } from './restrict-mirror-pod.ts';

/** Mirror pods come and go as their node says; of other pods it tells the status, and deletes or evicts its own. */
export function restrictPod(
  attributes: AdmissionAttributes,
  nodeName: string,
  listers: NodeRestrictionOptions,
): void {
  const { subresource } = attributes;
  if (subresource === '') restrictWhole(attributes, nodeName, listers);
  else if (subresource === 'status') restrictStatus(attributes, nodeName);
  else if (subresource === 'eviction') restrictEviction(attributes, nodeName, listers);
  else
    throw refuseNode(
      attributes,
      `unexpected pod subresource ${quote(subresource)}, only 'status' and 'eviction' are allowed`,
    );
}

function restrictWhole(
  attributes: AdmissionAttributes,
  nodeName: string,
  listers: NodeRestrictionOptions,
): void {
  const { operation } = attributes;
  if (operation === 'CREATE') {
    restrictMirrorPod(attributes, nodeName, listers.nodes);
    return;
  }
  if (operation !== 'DELETE')
    throw refuseNode(
      attributes,
      `unexpected operation ${quote(operation)}, node ${quote(nodeName)} can only create and delete mirror pods`,
    );
  if (existing(attributes, listers).spec.nodeName !== nodeName)
    throw refuseNode(
      attributes,
      `node ${quote(nodeName)} can only delete pods with spec.nodeName set to itself`,
    );
}

function restrictStatus(attributes: AdmissionAttributes, nodeName: string): void {
  const { operation, object, oldObject } = attributes;
  if (operation !== 'UPDATE') throw refuseNode(attributes, `unexpected operation ${quote(operation)}`);
  const [is, was] = [object, oldObject] as unknown as [Pod, Pod];
  const node = `node ${quote(nodeName)}`;
  if (was.spec.nodeName !== nodeName)
    throw refuseNode(
      attributes,
      `${node} can only update pod status for pods with spec.nodeName set to itself`,
    );
  if (!isDeepStrictEqual(is.metadata.labels ?? {}, was.metadata.labels ?? {}))
    throw refuseNode(attributes, `${node} cannot update labels through pod status`);
  if (!isDeepStrictEqual(claimStatusesOf(is), claimStatusesOf(was)))
    throw refuseNode(attributes, `${node} cannot update resource claim statues`);
}

function restrictEviction(
  attributes: AdmissionAttributes,
  nodeName: string,
  listers: NodeRestrictionOptions,
): void {
  const { operation } = attributes;
  if (operation !== 'CREATE') throw refuseNode(attributes, `unexpected operation ${operation}`);
  if (existing(attributes, listers).spec.nodeName !== nodeName)
    throw refuseNode(attributes, `node ${nodeName} can only evict pods with spec.nodeName set to itself`);
}

/** @throws ApiError NotFound: what is gone by now is nobody's to refuse. */
function existing({ namespace, name }: AdmissionAttributes, listers: NodeRestrictionOptions): Pod {
  const pod = listers.pods.get(namespace, name);
  if (pod === undefined) throw notFound(pods, name);
  return pod;
}

/** By these names a node would come to read claims that others made. */
function claimStatusesOf({ status }: Pod): unknown {
  return (status?.resourceClaimStatuses ?? []).map(({ name, resourceClaimName }) => [
    name,
    resourceClaimName,
  ]);
}
