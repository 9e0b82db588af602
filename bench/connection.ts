import { readFileSync } from 'node:fs';
import https from 'node:https';
import { dirname, resolve } from 'node:path';
import tls from 'node:tls';
import { parse } from 'yaml';

/** A server under test; nothing of Hawser's own client is on the measured path. */
export interface Subject {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  readonly headers: Readonly<Record<string, string>>;
}

/** The parts of a kubeconfig that matter here. */
type Fields = Readonly<Record<string, string>>;
type Entry<K extends string> = { readonly name: string } & Readonly<Record<K, Fields>>;

/** Reads the current context of any kubeconfig that names its server by certificate authority. */
export function subjectOf(path: string): Subject {
  const config = parse(readFileSync(path, 'utf8'));
  const context = named('context', config.contexts, config['current-context']);
  const cluster = named('cluster', config.clusters, context['cluster']);
  const user = named('user', config.users, context['user']);
  const material = (holder: Fields, field: string): Buffer | undefined => {
    const data = holder[`${field}-data`];
    if (data !== undefined) return Buffer.from(data, 'base64');
    const file = holder[field];
    return file === undefined ? undefined : readFileSync(resolve(dirname(path), file));
  };
  const url = new URL(cluster['server']!);
  const ca = material(cluster, 'certificate-authority');
  if (ca === undefined) throw new Error(`${path}: the cluster names no certificate authority`);
  return {
    host: url.hostname,
    port: Number(url.port || 443),
    tls: { ca, cert: material(user, 'client-certificate'), key: material(user, 'client-key') },
    headers: user['token'] === undefined ? {} : { Authorization: `Bearer ${user['token']}` },
  };
}

function named<K extends string>(what: K, entries: readonly Entry<K>[], name: string | undefined): Fields {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`the kubeconfig has no ${what} ${JSON.stringify(name)}`);
  return found[what];
}

/** Sends requests over a fixed number of kept connections, HTTP/1.1. */
export class Requester implements Disposable {
  readonly #subject: Subject;
  readonly #agent: https.Agent;

  constructor(subject: Subject, connections: number) {
    this.#subject = subject;
    this.#agent = new https.Agent({ keepAlive: true, maxSockets: connections, ...subject.tls });
  }

  /** @returns the size of the answer's body. @throws Error on any code above 299. */
  send(method: string, path: string, body?: string, contentType = 'application/json'): Promise<number> {
    const { host, port, headers } = this.#subject;
    const length =
      body === undefined ? {} : { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const options = { host, port, path, method, agent: this.#agent, headers: { ...headers, ...length } };
      const request = https.request(options, (response) => {
        let size = 0;
        let text = '';
        const failed = (response.statusCode ?? 500) > 299;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (failed) text += chunk;
        });
        response.on('end', () =>
          failed ? reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`)) : resolve(size),
        );
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** @returns the body of a GET. */
  read(path: string): Promise<string> {
    const { host, port, headers } = this.#subject;
    return new Promise((resolve, reject) => {
      https
        .get({ host, port, path, agent: this.#agent, headers }, (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => {
            text += chunk;
          });
          response.on('end', () => resolve(text));
        })
        .on('error', reject);
    });
  }

  /** Opens a watch. @returns once its head has come. */
  watch(path: string, onData: (chunk: Buffer) => void): Promise<Disposable> {
    const { host, port, headers, tls: material } = this.#subject;
    return new Promise((resolve, reject) => {
      const request = https.request({ host, port, path, headers, agent: false, ...material }, (response) => {
        response.on('data', onData);
        response.on('error', () => {});
        resolve({ [Symbol.dispose]: () => request.destroy() });
      });
      request.on('error', reject);
      request.end();
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** Makes one TLS connection with the client certificate, does one request over it and closes it. */
export function connectOnce({ host, port, tls: material, headers }: Subject): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host, port, ...material, session: undefined });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`GET /readyz HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}Connection: close\r\n\r\n`);
    });
    socket.once('data', () => socket.destroy());
    socket.once('close', () => resolve());
  });
}
