import { createServer, type Server } from 'node:net';
import { type Ports, portsFor } from '@hawser/config';

/**
 * Hub ports that are one hundred apart: no two clusters share a port then, since default ports of services on the same
 * address never differ by a multiple of one hundred (NATS's and a node's sshd's do). All stay below the ports that Linux gives to outgoing connections (32768).
 */
const HUB_PORTS = Array.from({ length: 200 }, (_, index) => 6543 + 100 * index);

/** A set of ports that nobody else has while it is held. */
export interface PortSlot extends Disposable {
  readonly ports: Ports;
}

/**
 * Takes a free set of ports for a cluster. The claim is a socket in Linux's abstract namespace, so that the kernel
 * keeps two test processes apart and takes the claim back when one dies. Throws when none is left.
 */
export async function takePortSlot(): Promise<PortSlot> {
  // Neighbours start at different places, so that they seldom try the same.
  const first = process.pid % HUB_PORTS.length;
  for (const port of [...HUB_PORTS.slice(first), ...HUB_PORTS.slice(0, first)]) {
    const claim = await listen({ path: `\0hawser-test-ports-${port}` });
    if (claim === undefined) continue;
    const ports = portsFor(port);
    if (await areFree(Object.values(ports))) return { ports, [Symbol.dispose]: () => claim.close() };
    claim.close();
  }
  throw new Error('no free ports are left for a cluster');
}

/** Whether no other program listens on any of them, on any loopback address. */
async function areFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    const server = await listen({ port, host: '0.0.0.0' });
    if (server === undefined) return false;
    await new Promise((resolve) => server.close(resolve));
  }
  return true;
}

function listen(target: { path: string } | { port: number; host: string }): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(target, () => resolve(server.unref()));
  });
}
