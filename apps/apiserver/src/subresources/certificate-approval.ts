import { type CertificateSigningRequest, certificateSigningRequests, invalid } from '@hawser/api';
import {
  type AnyObject,
  csrApprovalFaults,
  updateObject,
  withConditionTimes,
  withDecider,
} from '@hawser/registry';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { checkName } from '../resources/check-name.ts';
import { handleGet } from '../resources/get.ts';
import { readPatch } from '../resources/patch.ts';
import { readObject } from '../resources/read-object.ts';
import { renderEntry } from '../resources/render.ts';
import { writeContextOf } from '../resources/write-context.ts';

/**
 * certificatesigningrequests/NAME/approval: GET gives the object; PUT and PATCH take over the conditions and
 * nothing else (kubernetes/pkg/registry/certificates/certificates/strategy.go).
 */
export async function handleCertificateApproval(hub: Hub, context: RequestContext): Promise<Answer> {
  const resource = hub.resources.of(certificateSigningRequests);
  const { name, subresource, verb } = context.info;
  if (verb === 'get') return handleGet(resource, context);
  const wantedOf =
    verb === 'patch' ? await readPatch(context, resource.kind, resource.clock) : await readWhole(context);
  // A patch may change what it is applied to; what stands is taken from an object that it has not seen.
  const change = (current: AnyObject) =>
    withDecisions(current, wantedOf(structuredClone(current)), hub.clock.now(), context.identity.name);
  const { entry } = await updateObject(
    resource,
    { namespace: '', name, subresource, change },
    writeContextOf(context),
  );
  return renderEntry(context, certificateSigningRequests, entry);
}

async function readWhole(context: RequestContext): Promise<() => AnyObject> {
  const object = await readObject(context, certificateSigningRequests);
  checkName(object, context.info);
  return () => object;
}

function withDecisions(current: AnyObject, given: AnyObject, now: Date, username: string): AnyObject {
  const old = current as unknown as CertificateSigningRequest;
  const wanted = given as unknown as CertificateSigningRequest;
  const conditions = withConditionTimes(wanted.status?.conditions ?? [], old, now);
  const { resourceVersion, managedFields } = wanted.metadata;
  const csr = {
    ...old,
    metadata: {
      ...old.metadata,
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(managedFields ? { managedFields } : {}),
    },
    status: { ...old.status, conditions },
  };
  const faults = csrApprovalFaults(csr, old);
  if (faults.length > 0) throw invalid(certificateSigningRequests, old.metadata.name, faults);
  return withDecider(csr, old, username) as unknown as AnyObject;
}
