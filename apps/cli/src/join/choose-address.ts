import { connect, createServer } from 'node:net';
import { isLoopback } from '@hawser/dial';
import { JoinError } from './join-error.ts';

const TIMEOUT_MS = 10_000;
/** Those that a development cluster's nodes do not begin with. */
const LOOPBACK_GUESTS = Array.from({ length: 240 }, (_, index) => `127.0.1.${index + 9}`);

/**
 * The node's address if nobody says: that from which this machine reaches the hub. Where that is a loopback address
 * the hub is on this machine, and the address its own: the node takes one that nobody has.
 * @param server `https://host:port`. @param kubeletPort which must be free there.
 * @throws JoinError when the hub cannot be reached, or all addresses are taken.
 */
export async function chooseAddress(server: string, kubeletPort: number): Promise<string> {
  const local = await localAddressTowards(new URL(server));
  if (!isLoopback(local)) return local;
  for (const address of LOOPBACK_GUESTS) if (await isFree(address, kubeletPort)) return address;
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
