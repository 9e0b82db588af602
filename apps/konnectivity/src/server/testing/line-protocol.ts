import type { TLSSocket } from 'node:tls';
import type { AgentHello, ServeAgent } from '../../link/agent-connection.ts';
import { FakeAgentConnection } from './fake-agent.ts';

/** Its ALPN. */
export const LINE_PROTOCOL = 'hawser-test/1';

/**
 * An agent protocol that can only introduce: a line of JSON from the agent, one from the server. It stands in where a
 * test is about who is let in, which is the same for all protocols.
 */
export const serveLines: ServeAgent = (socket, reception) => {
  readLine(socket)
    .then(async (line) => {
      const hello = JSON.parse(line) as AgentHello;
      const take = await reception.admit(hello, socket);
      const connection = new FakeAgentConnection(hello.agentID);
      socket.once('close', () => connection.lose(undefined));
      void connection.closed.then(() => socket.destroy());
      socket.write(`${JSON.stringify(reception.serverHello())}\n`);
      take(connection);
    })
    .catch(({ code, message }) => socket.end(`${JSON.stringify({ code, message })}\n`));
};

/** The first line that somebody says. */
export function readLine(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.split('\n', 1)[0]!);
    });
    socket.on('error', reject).on('close', () => reject(new Error('closed')));
  });
}
