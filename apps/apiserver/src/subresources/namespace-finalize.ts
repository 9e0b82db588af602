import { type Namespace, namespaces } from '@hawser/api';
import { type AnyObject, updateObject } from '@hawser/registry';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { checkName } from '../resources/check-name.ts';
import { readObject } from '../resources/read-object.ts';
import { renderEntry } from '../resources/render.ts';
import { writeContextOf } from '../resources/write-context.ts';

/** PUT namespaces/NAME/finalize: takes over `spec.finalizers`; without any, a namespace being deleted goes. */
export async function handleNamespaceFinalize(hub: Hub, context: RequestContext): Promise<Answer> {
  const { name, subresource } = context.info;
  const object = await readObject(context, namespaces);
  checkName(object, context.info);
  const wanted = object as unknown as Namespace;
  const change = (current: AnyObject): AnyObject => ({
    ...current,
    metadata: {
      ...current.metadata,
      ...(wanted.metadata.resourceVersion ? { resourceVersion: wanted.metadata.resourceVersion } : {}),
    },
    spec: { ...wanted.spec },
  });
  const resource = hub.resources.of(namespaces);
  const { entry } = await updateObject(
    resource,
    { namespace: name, name, subresource, change },
    writeContextOf(context),
  );
  return renderEntry(context, namespaces, entry);
}
