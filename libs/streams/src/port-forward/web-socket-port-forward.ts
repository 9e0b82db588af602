import type { Duplex, Readable, Writable } from 'node:stream';
import { drained } from '../remote-command/remote-command-streams.ts';
import { UpgradeRefusedError } from '../upgrade/upgrade-error.ts';
import type { UpgradeRequest } from '../upgrade/upgrade-request.ts';
import type { ChannelForm } from '../websocket/channel-message.ts';
import { ChannelSocket } from '../websocket/channel-socket.ts';
import { WebSocketConnection, type WebSocketOptions } from '../websocket/web-socket-connection.ts';
import { type ConnectPort, messageOf, parsePort } from './connect-port.ts';

/** The channel's number is one byte, and the last one has a meaning of its own. */
const MAX_PORTS = 127;

/**
 * The ports of a request, as upstream's `NewV4Options` reads them: `port` is the kubelet's parameter
 * (`?port=80,443&port=8080`), `ports` the API server's.
 * @throws UpgradeRefusedError when there are none, or one is no port.
 */
export function portsOf({ url }: UpgradeRequest): number[] {
  const query = new URL(url ?? '/', 'http://localhost').searchParams;
  const values = ['port', 'ports'].flatMap((name) => query.getAll(name));
  const fault = (text: string) => new UpgradeRefusedError(400, text);
  if (values.length === 0) throw fault('query parameter "ports" is required');
  if (values.includes('')) throw fault('query parameter "ports" cannot be empty');
  const ports = values
    .flatMap((value) => value.split(','))
    .map((text) => {
      if (/^0+$/.test(text)) throw fault(`port "${text}" must be > 0`);
      const port = parsePort(text);
      if (port === undefined) throw fault(`unable to parse "${text}" as a port`);
      return port;
    });
  if (ports.length > MAX_PORTS) throw fault(`at most ${MAX_PORTS} ports can be forwarded over one WebSocket`);
  return ports;
}

/**
 * Serves port-forward over channels of a WebSocket whose handshake is done (upstream's
 * `cri/streaming/portforward/websocket.go`): channel 2n carries the n-th port's data, 2n+1 what went wrong, and each
 * begins with the port as two bytes, the low one first. A port has one connection; when all have ended, so does the
 * WebSocket. The client cannot end its half.
 */
export async function serveWebSocketPortForward(
  socket: Duplex,
  head: Buffer,
  form: ChannelForm,
  ports: readonly number[],
  connect: ConnectPort,
  options: WebSocketOptions,
): Promise<void> {
  const channels = new ChannelSocket(new WebSocketConnection(socket, options), { form, closeSignal: false });
  const gone = new AbortController();
  void channels.closed.then(() => gone.abort(new Error('the client has closed the connection')));
  const forwarded = ports.map((port, index) => forward(channels, index, port, connect, gone.signal));
  channels.start(head);
  await Promise.all(forwarded);
  channels.close();
  await channels.closed;
}

async function forward(
  channels: ChannelSocket,
  index: number,
  port: number,
  connect: ConnectPort,
  gone: AbortSignal,
): Promise<void> {
  const [data, error] = [2 * index, 2 * index + 1];
  const [reader, writer] = [channels.reader(data), channels.writer(data)];
  const portBytes = Buffer.alloc(2);
  portBytes.writeUInt16LE(port);
  channels.send(data, portBytes);
  channels.send(error, portBytes);
  try {
    const target = await connect(port, gone);
    await pipeUntilTargetEnds(reader, writer, target);
  } catch (failure) {
    channels.send(error, Buffer.from(messageOf(failure)));
  } finally {
    reader.destroy();
  }
}

/** Resolves when all that the target had to say has gone out, or either side is lost. */
async function pipeUntilTargetEnds(reader: Readable, writer: Writable, target: Duplex): Promise<void> {
  const lost = Promise.withResolvers<void>();
  target.on('error', () => {}).on('close', () => lost.resolve());
  writer.on('close', () => lost.resolve());
  reader.pipe(target);
  target.pipe(writer);
  if (target.destroyed || writer.destroyed) lost.resolve();
  await lost.promise;
  target.destroy();
  await drained(writer);
}
