import { type ComponentStatus, componentStatuses, notFound } from '@hawser/api';
import type { Entry } from '@hawser/registry';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { renderEntry, renderList } from '../resources/render.ts';
import { selectionOf } from '../resources/selection-of.ts';

/** What clients look for under this name is the store, whatever it is made of. */
const STORE = 'etcd-0';
const DEPRECATED = 'v1 ComponentStatus is deprecated in v1.19+';

/**
 * `kubectl get componentstatuses` (kubernetes/pkg/registry/core/componentstatus): the health of the parts that
 * the hub itself can ask. That is the store alone: upstream asks the scheduler and the controller manager at
 * fixed ports of its own host, without knowing whether they are meant to run there.
 */
export async function handleComponentStatus(hub: Hub, context: RequestContext): Promise<Answer> {
  context.warnings.push(DEPRECATED);
  const { verb, name } = context.info;
  if (verb === 'get') {
    if (name !== STORE) throw notFound(componentStatuses, name);
    return renderEntry(context, componentStatuses, entryOf(await statusOfStore(hub)));
  }
  const selection = selectionOf(componentStatuses, context.info);
  const entries = [entryOf(await statusOfStore(hub))].filter(({ object }) => selection.matches(object));
  return renderList(context, componentStatuses, { entries, revision: hub.resources.revision });
}

async function statusOfStore({ checkStore }: Hub): Promise<ComponentStatus> {
  const { kind, apiVersion } = componentStatuses;
  const condition = await checkStore().then(
    () => ({ type: 'Healthy', status: 'True', message: 'ok' }),
    () => ({ type: 'Healthy', status: 'False', error: 'the store cannot be read' }),
  );
  return { kind, apiVersion, metadata: { name: STORE }, conditions: [condition] };
}

function entryOf(status: ComponentStatus): Entry {
  return {
    key: status.metadata.name,
    object: { ...status },
    json: Buffer.from(JSON.stringify(status)),
    revision: 0,
  };
}
