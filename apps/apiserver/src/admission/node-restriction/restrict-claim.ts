import { isDeepStrictEqual } from 'node:util';
import type { PersistentVolumeClaim } from '@hawser/api';
import type { AdmissionAttributes } from '@hawser/registry';
import { quote, refuseNode } from './refuse-node.ts';

/** Of a claim a node tells how far its volume has grown, and nothing else. */
export function restrictClaim(attributes: AdmissionAttributes, nodeName: string): void {
  const { operation, subresource, object, oldObject } = attributes;
  if (subresource !== 'status') throw refuseNode(attributes, 'may only update PVC status');
  if (operation !== 'UPDATE') throw refuseNode(attributes, `unexpected operation ${quote(operation)}`);
  const was = oldObject as unknown as PersistentVolumeClaim;
  const is = object as unknown as PersistentVolumeClaim;
  if (!isDeepStrictEqual(withoutGrowth(is), withoutGrowth(was)))
    throw refuseNode(
      attributes,
      `node ${quote(nodeName)} is not allowed to update fields other than status.quantity and status.conditions`,
    );
}

function withoutGrowth({ metadata, status = {}, ...claim }: PersistentVolumeClaim): unknown {
  const { resourceVersion: _version, managedFields: _fields, ...keptMetadata } = metadata;
  const {
    capacity: _capacity,
    conditions: _conditions,
    allocatedResources: _resources,
    allocatedResourceStatuses: _statuses,
    ...keptStatus
  } = status;
  return { ...claim, metadata: keptMetadata, status: keptStatus };
}
