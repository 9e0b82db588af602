import { badRequest, nodes, notFound, pods } from '@hawser/api';
import type { Hub } from '../hub.ts';
import type { Answer, StreamingAnswer } from '../pipeline/answer.ts';
import type { RequestContext, Upgrade } from '../pipeline/request-context.ts';
import { forwardedHeaders } from './forwarded-headers.ts';
import { relayUpgrade } from './relay-upgrade.ts';
import { streamPath } from './stream-path.ts';

/**
 * pods/NAME/exec, attach and portforward: a connection to the kubelet of the pod's node, on which client and
 * kubelet speak with each other.
 */
export async function handlePodStream(hub: Hub, context: RequestContext): Promise<Answer | StreamingAnswer> {
  const { namespace, name, subresource, query } = context.info;
  const pod = hub.resources.lister(pods).get(namespace, name);
  if (pod === undefined) throw notFound(pods, name);
  const path = streamPath(subresource, pod, query);
  const { nodeName } = pod.spec;
  if (!nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  const node = hub.resources.lister(nodes).get('', nodeName);
  if (node === undefined) throw notFound(nodes, nodeName);
  const upgrading = withUpgrade(context);
  const { socket, host } = await hub.kubelets.connect(node, context.signal);
  const { request, sourceAddress } = context;
  return relayUpgrade({
    context: upgrading,
    backend: socket,
    request: {
      method: request.method ?? 'GET',
      path,
      headers: [['Host', host], ...forwardedHeaders(request, sourceAddress)],
    },
    clock: hub.clock,
    metrics: hub.streamMetrics,
  });
}

/** @throws ApiError BadRequest where the client does not ask for another protocol. */
function withUpgrade(context: RequestContext): RequestContext & { upgrade: Upgrade } {
  const { upgrade } = context;
  if (upgrade === undefined) throw badRequest('Upgrade request required');
  return { ...context, upgrade };
}
