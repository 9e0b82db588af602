import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { handleRequest, type Pipeline } from './handle-request.ts';
import type { Upgrade } from './request-context.ts';

/** How long a client may take to close its side after an answer that was not an upgrade. */
const LINGER_MS = 10_000;

/**
 * The life of a request that asks for another protocol: that of any other. Node hands over the bare connection
 * here; it is given a response, so that what does not upgrade is answered as plain HTTP, and then closed, because
 * nobody parses requests on it any more.
 */
export async function handleUpgrade(
  pipeline: Pipeline,
  request: IncomingMessage,
  upgrade: Upgrade,
): Promise<void> {
  const { socket } = upgrade;
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  // Whoever resets the connection needs no answer.
  socket.on('error', () => socket.destroy());
  response.once('finish', () => {
    const timer = pipeline.clock.after(LINGER_MS, () => socket.destroy());
    socket.once('close', () => timer[Symbol.dispose]());
    socket.end();
    socket.resume();
  });
  await handleRequest(pipeline, request, response, upgrade);
}
