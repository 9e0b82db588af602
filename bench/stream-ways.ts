import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { SpdyConnection } from '@hawser/streams';
import type { Subject } from './connection.ts';
import type { Connect } from './stream-measures.ts';

/** A process with a server on an address; disposing ends it. @param keyFiles certificate and key, for TLS. */
export async function startServer(
  host: string,
  ...keyFiles: readonly string[]
): Promise<Disposable & { readonly port: number }> {
  const argv = [process.execPath, join(import.meta.dir, 'streams-server.ts'), host, ...keyFiles];
  const child = Bun.spawn(argv, { stdout: 'pipe' });
  const { value } = await child.stdout.getReader().read();
  return { port: Number(new TextDecoder().decode(value)), [Symbol.dispose]: () => child.kill() };
}

/** TLS to a process of its own; disposing ends it. @param certificate and key: files. */
export async function startPlain(
  { tls: { ca } }: Subject,
  certificate: string,
  key: string,
): Promise<Connect & Disposable> {
  const server = await startServer('127.0.0.1', certificate, key);
  const { port } = server;
  const connect = async () => {
    const socket = tls.connect({ port, host: '127.0.0.1', ca });
    socket.setNoDelay(true).on('error', () => {});
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('close', reject));
    return socket;
  };
  return Object.assign(connect, { [Symbol.dispose]: () => server[Symbol.dispose]() });
}

/** port-forward by a SPDY client as kubectl's is. @param pod path of the pod. */
export async function startSpdy(subject: Subject, pod: string, port: string): Promise<Connect> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'SPDY/3.1',
    'X-Stream-Protocol-Version': 'portforward.k8s.io',
  };
  const { host, tls: material } = subject;
  const options = { host, port: subject.port, path: `${pod}/portforward`, method: 'POST', headers };
  const connection = await new Promise<SpdyConnection>((resolve, reject) => {
    const request = https.request({ ...options, ...material, agent: false });
    request.once('upgrade', (_response, socket, head) =>
      resolve(new SpdyConnection(socket, { role: 'client' }, head)),
    );
    request.once('response', ({ statusCode }) => reject(new Error(`portforward: ${statusCode}`)));
    request.once('error', reject);
    request.end();
  });
  let requests = 0;
  return async () => {
    requests += 1;
    const of = { port, requestid: `${requests}` };
    const error = await connection.createStream({ streamtype: 'error', ...of });
    error.resume().end();
    const data = await connection.createStream({ streamtype: 'data', ...of });
    return data.on('error', () => {});
  };
}

/** port-forward by kubectl; disposing ends it. */
export async function startKubectl(argv: readonly string[]): Promise<Connect & Disposable> {
  const child = Bun.spawn([...argv], { stdout: 'pipe' });
  const { value } = await child.stdout.getReader().read();
  const local = Number(/127\.0\.0\.1:(\d+) ->/.exec(new TextDecoder().decode(value))![1]);
  const connect = async () => {
    const socket = net.connect(local, '127.0.0.1');
    socket.setNoDelay(true).on('error', () => {});
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('close', reject));
    return socket;
  };
  return Object.assign(connect, { [Symbol.dispose]: () => child.kill() });
}
