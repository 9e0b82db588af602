import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { isLoopback } from '@hawser/dial';
import { JoinError } from './join-error.ts';

const TIMEOUT_MS = 10_000;
/** Those that a development cluster's nodes do not begin with: 127.0.1.9 and on. */
const [FIRST_GUEST, GUESTS] = [9, 240];

/**
 * Loopback addresses for a node, in the order in which they are tried. It begins where the name says: the first that
 * is free may be that of a node that is only stopped, and two nodes that say the same of themselves are both in doubt.
 */
export function loopbackGuests(nodeName: string): string[] {
  const start = createHash('sha256').update(nodeName).digest().readUInt32BE();
  return Array.from({ length: GUESTS }, (_, index) => `127.0.1.${FIRST_GUEST + ((start + index) % GUESTS)}`);
}

/**
 * The node's address if nobody says: that from which this machine reaches the hub. Where that is a loopback address
 * the hub is on this machine, and the address its own: the node takes one that nobody has.
 * @param server `https://host:port`. @param kubeletPort which must be free there.
 * @throws JoinError when the hub cannot be reached, or all addresses are taken.
 */
export async function chooseAddress(server: string, nodeName: string, kubeletPort: number): Promise<string> {
  const local = await localAddressTowards(new URL(server));
  if (!isLoopback(local)) return local;
  for (const address of loopbackGuests(nodeName)) if (await isFree(address, kubeletPort)) return address;
  throw new JoinError('no loopback address is free for this node: --node-ip says which one it is to have');
}

function localAddressTowards({ hostname, port }: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(port || 443), timeout: TIMEOUT_MS });
    const fail = (why: string) => {
      socket.destroy();
      reject(new JoinError(`the hub cannot be reached at ${host}:${port}: ${why}`));
    };
    socket.once('connect', () => {
      const address = socket.localAddress;
      socket.destroy();
      if (address === undefined) fail('the connection has no address');
      else resolve(address.replace(/^::ffff:/, ''));
    });
    socket.once('timeout', () => fail('no answer'));
    socket.once('error', (error) => fail(error.message));
  });
}

/** Whether nobody listens there, and this process may. */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
