import { badRequest, type Node, nodes, notFound, pods } from '@hawser/api';
import type { Hub } from '../hub.ts';
import type { Answer, StreamingAnswer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { forwardedHeaders } from './forwarded-headers.ts';
import { relayUpgrade } from './relay-upgrade.ts';
import { withUpgrade } from './stream-context.ts';
import { streamPath } from './stream-path.ts';
import { translatorFor } from './translate-stream.ts';

/**
 * pods/NAME/exec, attach and portforward: a connection to the kubelet of the pod's node, on which client and
 * kubelet speak with each other, or the hub with either where the kubelet does not speak as the client does.
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
  const translate = takesWebSockets(node) ? undefined : translatorFor(upgrading);
  const { socket, host } = await hub.kubelets.connect(node, context.signal);
  return (translate ?? relayUpgrade)({
    context: upgrading,
    backend: socket,
    way: hub.way,
    path,
    headers: [['Host', host], ...forwardedHeaders(context.request, context.sourceAddress)],
    clock: hub.clock,
    metrics: hub.streamMetrics,
  });
}

/** Whether a node's kubelet understands every protocol over WebSocket that clients speak. */
function takesWebSockets({ status }: Node): boolean {
  return status?.declaredFeatures?.includes('ExtendWebSocketsToKubelet') === true;
}
