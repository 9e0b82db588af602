import { isTrue } from '@hawser/http';
import {
  acceptRemoteCommand,
  acceptWebSocket,
  dialRemoteCommand,
  dialSpdy,
  isWebSocketRequest,
  offeredWebSocketProtocols,
  PORT_FORWARD_PROTOCOL,
  pipeBoth,
  pipeRemoteCommand,
  TUNNEL_PROTOCOL,
  WebSocketConnection,
  webSocketDuplex,
} from '@hawser/streams';
import type { Answer, StreamingAnswer } from '../pipeline/answer.ts';
import { namingWay } from './naming-way.ts';
import { endWith, type UpgradeRelay } from './relay-upgrade.ts';
import { answerOfFailure, streamingAnswer, type UpgradeContext } from './stream-context.ts';

const COMMAND_PROTOCOL = 'v5.channel.k8s.io';

/**
 * How a request over WebSocket is translated for a kubelet that is not known to understand it: v5 of exec and attach,
 * and port-forward in a tunnel, are newer than what every kubelet speaks; the older protocols all of them do.
 * @returns undefined for what goes to the kubelet as it is.
 */
export function translatorFor({
  request,
  info,
}: UpgradeContext): ((translation: UpgradeRelay) => Promise<Answer | StreamingAnswer>) | undefined {
  if (!isWebSocketRequest(request)) return undefined;
  const offered = offeredWebSocketProtocols(request);
  if (info.subresource === 'portforward')
    return offered.includes(TUNNEL_PROTOCOL) ? translatePortForward : undefined;
  return offered.includes(COMMAND_PROTOCOL) ? translateCommand : undefined;
}

/** exec and attach (apiserver/pkg/util/proxy/streamtranslator.go). */
async function translateCommand(translation: UpgradeRelay): Promise<Answer | StreamingAnswer> {
  const { context, backend, way, path, clock, metrics } = translation;
  const { request, upgrade, signal, info } = context;
  const asked = (name: string) => isTrue(info.query.get(name));
  const options = {
    stdin: asked('stdin'),
    stdout: asked('stdout'),
    stderr: asked('stderr'),
    tty: asked('tty'),
    clock,
  };
  endWith(signal, backend);
  try {
    const command = await namingWay(
      way,
      dialRemoteCommand(backend, { path, headers: plainHeaders(translation) }, { ...options, signal }),
    );
    return streamingAnswer(context, metrics, async () => {
      const streams = await acceptRemoteCommand(request, upgrade.socket, upgrade.head, options).catch(
        () => undefined,
      );
      // What is no proper handshake has been told so already.
      if (streams === undefined) {
        command.destroy();
        return { receivedBytes: 0, sentBytes: 0 };
      }
      const { stdinBytes, outputBytes } = await pipeRemoteCommand(streams, command);
      return { receivedBytes: stdinBytes, sentBytes: outputBytes };
    });
  } catch (error) {
    backend.destroy();
    return answerOfFailure(error);
  }
}

/** port-forward: the SPDY in the tunnel is the kubelet's (apiserver/pkg/util/proxy/streamtunnel.go). */
async function translatePortForward(translation: UpgradeRelay): Promise<Answer | StreamingAnswer> {
  const { context, backend, way, path, clock, metrics } = translation;
  const { request, upgrade, signal } = context;
  endWith(signal, backend);
  try {
    const asked = { path, headers: plainHeaders(translation) };
    const dialed = dialSpdy(backend, asked, [PORT_FORWARD_PROTOCOL], { clock, signal });
    const { head } = await namingWay(way, dialed);
    return streamingAnswer(context, metrics, async () => {
      acceptWebSocket(request, upgrade.socket, TUNNEL_PROTOCOL);
      const tunnel = webSocketDuplex(new WebSocketConnection(upgrade.socket, { clock }), upgrade.head);
      if (head.length > 0) tunnel.write(head);
      const { aToB, bToA } = await pipeBoth(tunnel, backend);
      return { receivedBytes: aToB, sentBytes: head.length + bToA };
    });
  } catch (error) {
    backend.destroy();
    return answerOfFailure(error);
  }
}

/** The client's handshake is with the hub; the hub's with the kubelet is another. */
function plainHeaders({ headers }: UpgradeRelay): Record<string, string> {
  return Object.fromEntries(
    headers.filter(([name]) => !/^(?:sec-websocket-|content-length$|x-stream-protocol-version$)/i.test(name)),
  );
}
