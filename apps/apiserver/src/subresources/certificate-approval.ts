import { type CertificateSigningRequest, certificateSigningRequests, invalid } from '@hawser/api';
import { type AnyObject, csrConditionFaults, updateObject } from '@hawser/registry';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from '../resources/read-object.ts';
import { renderEntry } from '../resources/render.ts';
import { writeContextOf } from '../resources/write-context.ts';

type Conditions = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>;

/**
 * PUT certificatesigningrequests/NAME/approval: takes over the conditions Approved and Denied, and nothing else
 * (kubernetes/pkg/registry/certificates/certificates/strategy.go).
 */
export async function handleCertificateApproval(hub: Hub, context: RequestContext): Promise<Answer> {
  const resource = hub.resources.of(certificateSigningRequests);
  const { name, subresource } = context.info;
  const wanted = (await readObject(
    context,
    certificateSigningRequests,
  )) as unknown as CertificateSigningRequest;
  const change = (current: AnyObject) =>
    withDecisions(current, wanted, hub.clock.now()) as unknown as AnyObject;
  const { entry } = await updateObject(
    resource,
    { namespace: '', name, subresource, change },
    writeContextOf(context),
  );
  return renderEntry(context, certificateSigningRequests, entry);
}

function withDecisions(
  current: AnyObject,
  wanted: CertificateSigningRequest,
  now: Date,
): CertificateSigningRequest {
  const old = current as unknown as CertificateSigningRequest;
  const isDecision = ({ type }: Conditions[number]) => type === 'Approved' || type === 'Denied';
  const kept = (old.status?.conditions ?? []).filter((condition) => !isDecision(condition));
  const decisions = (wanted.status?.conditions ?? []).filter(isDecision);
  const stamped = decisions.map((condition) => stamp(condition, old, now));
  const { resourceVersion } = wanted.metadata;
  const csr = {
    ...old,
    metadata: { ...old.metadata, ...(resourceVersion ? { resourceVersion } : {}) },
    status: { ...old.status, conditions: [...kept, ...stamped] },
  };
  const faults = csrConditionFaults(csr, old);
  if (faults.length > 0) throw invalid(certificateSigningRequests, old.metadata.name, faults);
  return csr;
}

function stamp(condition: Conditions[number], old: CertificateSigningRequest, now: Date): Conditions[number] {
  const time = `${now.toISOString().slice(0, 19)}Z`;
  const before = old.status?.conditions?.find(({ type }) => type === condition.type);
  const lastTransitionTime = condition.lastTransitionTime ?? before?.lastTransitionTime ?? time;
  return { ...condition, lastUpdateTime: condition.lastUpdateTime ?? time, lastTransitionTime };
}
