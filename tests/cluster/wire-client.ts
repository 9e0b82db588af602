import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import https from 'node:https';
import { WatchStream } from './watch-stream.ts';

/** What a client shows, and whom it trusts. */
export interface WireIdentity {
  /** PEM certificates that the server's must chain to. */
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

export interface WireRequest {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** An object is sent as JSON, text and bytes as they are. */
  readonly body?: object | string | Uint8Array;
}

/** A Kubernetes object, or any other JSON, as it came; tests look into it without ceremony. */
// biome-ignore lint/suspicious/noExplicitAny: what is under test decides what is in it
export type Json = any;

/** An answer as it came. */
export class WireResponse {
  constructor(
    readonly status: number,
    readonly headers: IncomingHttpHeaders,
    readonly bytes: Buffer,
    /** The values of all `Warning` headers. */
    readonly warnings: readonly string[],
  ) {}

  get text(): string {
    return this.bytes.toString('utf8');
  }

  get json(): Json {
    try {
      return JSON.parse(this.text);
    } catch {
      throw new Error(`${this.status}, and not JSON: ${this.text.slice(0, 500)}`);
    }
  }
}

/** HTTPS as it is: every header, code and byte can be set and seen. One identity, kept-alive connections. */
export class WireClient implements Disposable {
  readonly #agent: https.Agent;

  constructor(
    /** `https://host:port`. */
    readonly server: string,
    readonly identity: WireIdentity,
  ) {
    const { ca, cert, key } = identity;
    this.#agent = new https.Agent({ keepAlive: true, ca, cert, key });
  }

  async request(method: string, path: string, request: WireRequest = {}): Promise<WireResponse> {
    const response = await this.open(method, path, request);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const warnings = response.rawHeaders.filter(
      (_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === 'warning',
    );
    return new WireResponse(response.statusCode ?? 0, response.headers, Buffer.concat(chunks), warnings);
  }

  get(path: string, headers: WireRequest['headers'] = {}): Promise<WireResponse> {
    return this.request('GET', path, { headers });
  }

  post(path: string, body: WireRequest['body'], headers: WireRequest['headers'] = {}): Promise<WireResponse> {
    return this.request('POST', path, { body, headers });
  }

  put(path: string, body: WireRequest['body'], headers: WireRequest['headers'] = {}): Promise<WireResponse> {
    return this.request('PUT', path, { body, headers });
  }

  /** @param type `merge`, `json`, or a whole media type. */
  patch(path: string, type: string, body: WireRequest['body']): Promise<WireResponse> {
    const contentType = type.includes('/') ? type : `application/${type}-patch+json`;
    return this.request('PATCH', path, { body, headers: { 'content-type': contentType } });
  }

  delete(path: string, body?: object): Promise<WireResponse> {
    return this.request('DELETE', path, body === undefined ? {} : { body });
  }

  /** Sends a request and resolves with the answer's head; the body is the caller's to read. */
  open(method: string, path: string, { headers = {}, body }: WireRequest = {}): Promise<IncomingMessage> {
    const bytes = body === undefined ? undefined : encode(body);
    const { token } = this.identity;
    const sent = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(bytes === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': `${bytes.length}` }),
      ...headers,
    } as Record<string, string>;
    return new Promise((resolve, reject) => {
      const request = https.request(
        `${this.server}${path}`,
        { method, headers: sent, agent: this.#agent },
        resolve,
      );
      request.once('error', reject);
      request.end(bytes);
    });
  }

  /** Opens a watch; `path` says of what, and may have a query. @throws Error unless the answer is 200. */
  async watch(path: string, headers: WireRequest['headers'] = {}): Promise<WatchStream> {
    const response = await this.open('GET', `${path}${path.includes('?') ? '&' : '?'}watch=true`, {
      headers,
    });
    if (response.statusCode === 200) return new WatchStream(response);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    throw new Error(`watch answered ${response.statusCode}: ${Buffer.concat(chunks)}`);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function encode(body: object | string | Uint8Array): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(JSON.stringify(body));
}
