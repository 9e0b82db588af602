import {
  conflict,
  invalid,
  invalidValue,
  type Kind,
  type LabelSelector,
  labelSelectorText,
  notFound,
  OPTIMISTIC_LOCK_MESSAGE,
  replicationControllers,
  type Scale,
  scales,
} from '@hawser/api';
import { type AnyObject, type Resource, updateObject } from '@hawser/registry';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { applyTo, readConfiguration } from '../resources/apply-patch.ts';
import { checkName } from '../resources/check-name.ts';
import { isApply } from '../resources/is-apply.ts';
import { readPatch } from '../resources/patch.ts';
import { readObject } from '../resources/read-object.ts';
import { renderObject } from '../resources/render.ts';
import { writeContextOf } from '../resources/write-context.ts';

/** What is read of an object that keeps a number of pods. */
interface Scalable {
  metadata: AnyObject['metadata'];
  spec: { replicas?: number; selector?: LabelSelector | Record<string, string> };
  status?: { replicas?: number };
}

/**
 * GET, PUT and PATCH of `scale`, in which all kinds that keep a number of pods speak alike: a Scale of group
 * autoscaling (kubernetes/pkg/registry/apps/deployment/storage, ScaleREST).
 */
export function scaleOf(kind: Kind): (hub: Hub, context: RequestContext) => Promise<Answer> {
  return (hub, context) => handleScale(hub.resources.of(kind), context);
}

async function handleScale(resource: Resource, context: RequestContext): Promise<Answer> {
  const { namespace, name, subresource, verb } = context.info;
  if (verb === 'get') {
    const entry = resource.cache.entry(namespace, name);
    if (entry === undefined) throw notFound(resource.kind, name);
    return renderObject(context, scaleFrom(resource.kind, entry.object));
  }
  const change = isApply(context)
    ? await readAppliedScale(resource, context)
    : await readScale(resource, context);
  const request = { namespace, name, subresource, change };
  const { entry } = await updateObject(resource, request, writeContextOf(context));
  return renderObject(context, scaleFrom(resource.kind, entry.object));
}

/** What a PUT or PATCH of a scale makes of the object. */
async function readScale(
  resource: Resource,
  context: RequestContext,
): Promise<(current: AnyObject) => AnyObject> {
  const wantedOf =
    context.info.verb === 'patch'
      ? await readPatch(context, scales, resource.clock)
      : await readWhole(context);
  return (current) => {
    const wanted = wantedOf(scaleFrom(resource.kind, current) as unknown as AnyObject);
    return scaled(resource.kind, current, wanted as unknown as Scale);
  };
}

/**
 * What is applied to a scale is applied to the number of the object's own spec: there it is owned, and there others
 * may own it (apimachinery/pkg/util/managedfields, ScaleHandler).
 */
async function readAppliedScale(
  { kind, clock }: Resource,
  context: RequestContext,
): Promise<(current: AnyObject) => AnyObject> {
  const config = (await readConfiguration(context, scales)) as unknown as Scale;
  const { replicas } = config.spec ?? {};
  return (current) => {
    if (config.metadata?.name) checkName(config as unknown as AnyObject, context.info);
    scaled(kind, current, config);
    const own = {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      spec: replicas === undefined ? {} : { replicas },
    };
    return applyTo(context, kind, own, current, clock);
  };
}

async function readWhole(context: RequestContext): Promise<() => AnyObject> {
  const object = await readObject(context, scales);
  checkName(object, context.info);
  return () => object;
}

function scaleFrom(kind: Kind, object: AnyObject): Scale {
  const { metadata, spec, status } = object as unknown as Scalable;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: scales.kind,
    apiVersion: scales.apiVersion,
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: spec.replicas ? { replicas: spec.replicas } : {},
    status: { replicas: status?.replicas ?? 0, selector: selectorText(kind, spec.selector) },
  };
}

function selectorText(kind: Kind, selector: Scalable['spec']['selector'] = {}): string {
  const isPlain = kind.plural === replicationControllers.plural;
  const whole = isPlain ? { matchLabels: selector as Record<string, string> } : (selector as LabelSelector);
  return labelSelectorText(whole);
}

/** The object in the size that was asked for. */
function scaled(kind: Kind, current: AnyObject, { metadata, spec }: Scale): AnyObject {
  const { name, uid, resourceVersion } = current.metadata;
  const replicas = spec?.replicas ?? 0;
  if (replicas < 0)
    throw invalid(scales, name, [
      invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ]);
  if (metadata?.resourceVersion && metadata.resourceVersion !== resourceVersion)
    throw conflict(kind, name, OPTIMISTIC_LOCK_MESSAGE);
  if (metadata?.uid && metadata.uid !== uid)
    throw conflict(
      kind,
      name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`,
    );
  return { ...current, spec: { ...(current as unknown as Scalable).spec, replicas } };
}
