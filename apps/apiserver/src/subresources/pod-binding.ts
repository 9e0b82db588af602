import {
  type Binding,
  badRequest,
  bindings,
  conflict,
  formatTime,
  invalid,
  type Pod,
  pods,
  required,
} from '@hawser/api';
import { type AnyObject, updateObject } from '@hawser/registry';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from '../resources/read-object.ts';
import { renderStatus } from '../resources/render.ts';
import { writeContextOf } from '../resources/write-context.ts';

/** How upstream's conflicts call what is asked for. */
const POD_BINDINGS = { group: '', plural: 'pods/binding' };
const SUCCESS = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

/** POST pods/NAME/binding: puts a pod on a node, once (kubernetes/pkg/registry/core/pod/storage). */
export async function handlePodBinding(hub: Hub, context: RequestContext): Promise<Answer> {
  const { namespace, name, subresource } = context.info;
  const binding = (await readObject(context, bindings)) as unknown as Binding;
  checkBinding(binding, name, namespace);
  const change = (current: AnyObject) =>
    bound(current as unknown as Pod, binding, hub.clock.now()) as unknown as AnyObject;
  await updateObject(
    hub.resources.of(pods),
    { namespace, name, subresource, change },
    writeContextOf(context),
  );
  return renderStatus(context, SUCCESS, 201);
}

function checkBinding({ metadata, target }: Binding, name: string, namespace: string): void {
  if (metadata.namespace && metadata.namespace !== namespace)
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request (${metadata.namespace} != ${namespace})`,
    );
  if (metadata.name !== name) throw badRequest('name in URL does not match name in Binding object');
  const faults = [];
  if (target?.kind && target.kind !== 'Node')
    throw invalid(bindings, name, [
      {
        type: 'FieldValueNotSupported',
        field: 'target.kind',
        badValue: target.kind,
        detail: 'supported values: "Node"',
      },
    ]);
  if (!target?.name) faults.push(required('target.name'));
  if (faults.length > 0) throw invalid(bindings, name, faults);
}

function bound(pod: Pod, { metadata, target }: Binding, now: Date): Pod {
  const { name } = pod.metadata;
  const refuse = (why: string) => conflict(POD_BINDINGS, name, why);
  if (metadata.uid && metadata.uid !== pod.metadata.uid)
    throw conflict(
      pods,
      name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${pod.metadata.uid}`,
    );
  if (pod.metadata.deletionTimestamp !== undefined)
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName)
    throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if (pod.spec.schedulingGates?.length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastTransitionTime: formatTime(now),
  };
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(metadata.annotations && { annotations: { ...pod.metadata.annotations, ...metadata.annotations } }),
    },
    spec: { ...pod.spec, nodeName: target.name },
    status: { ...pod.status, conditions: [...others, scheduled] },
  };
}
