import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { hasBody } from '@hawser/http';
import { returnedHeaders } from '../connect/forwarded-headers.ts';
import { namingWay, type Way } from '../connect/naming-way.ts';
import type { StreamingAnswer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { htmlRewriter } from './rewrite-html.ts';
import { type PageLocation, rewriteUrl } from './rewrite-url.ts';
import { serviceUnavailable } from './service-unavailable.ts';

export interface PassedRequest {
  readonly context: RequestContext;
  /** A connection to the target, for this request alone. */
  readonly socket: Duplex;
  readonly way: Way;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly page: PageLocation;
}

/**
 * Asks the target, with the request's body as it comes, and answers with what it answers, as it comes.
 * @throws ApiError ServiceUnavailable when it does not answer.
 */
export async function passOn(passed: PassedRequest): Promise<StreamingAnswer> {
  const answer = await namingWay(passed.way, ask(passed)).catch((error: unknown) => {
    passed.socket.destroy();
    if (!(error instanceof Error)) throw error;
    throw serviceUnavailable(`error trying to reach service: ${error.message}`, error);
  });
  return {
    code: answer.statusCode ?? 502,
    stream: (response) => giveBack(answer, response, passed.page),
  };
}

function ask({ context, socket, method, path, headers }: PassedRequest): Promise<IncomingMessage> {
  const { request, signal } = context;
  const withBody = hasBody(request);
  // By what the target is told: a client can name `Content-Length` in `Connection`, and it is dropped. A body without
  // a frame would be read as further requests, on a connection that has the hub's rights.
  const hasLength = headers.some(([name]) => name.toLowerCase() === 'content-length');
  const framing = withBody && !hasLength ? ['Transfer-Encoding', 'chunked'] : [];
  return new Promise((resolve, reject) => {
    const asked = http.request({
      createConnection: () => socket,
      method,
      path,
      setHost: false,
      // As a flat list they keep their order, their spelling, and those that come twice.
      headers: [...headers.flat(), ...framing, 'Connection', 'close'] as never,
      signal,
    });
    asked.once('response', (answer) => {
      if (isFinal(answer.statusCode)) return resolve(answer);
      answer.on('error', () => {});
      reject(new Error(`malformed HTTP status code "${answer.statusCode}"`));
    });
    asked.on('error', reject);
    asked.once('close', () => reject(new Error('EOF')));
    if (!withBody) return void asked.end();
    // A target may answer, or go away, before it has heard all; what is left of the body goes nowhere then.
    asked.once('close', () => request.unpipe(asked).resume());
    request.pipe(asked);
  });
}

/** Whether a code answers a request: a 101 that nobody asked for would have the client speak another protocol. */
function isFinal(code = 0): boolean {
  return code >= 200 && code <= 599;
}

/** Whatever goes wrong on the way shows as an answer that breaks off: it cannot be told any other way. */
async function giveBack(
  answer: IncomingMessage,
  response: ServerResponse,
  page: PageLocation,
): Promise<void> {
  const rewrite = (url: string) => rewriteUrl(url, page);
  const filters = hasContent(answer, response) ? filtersOf(answer, rewrite) : [];
  response.statusCode = answer.statusCode ?? 502;
  for (const [name, values] of headersOf(answer, rewrite, filters.length > 0))
    response.setHeader(name, values);
  response.flushHeaders();
  try {
    await pipeline([answer, ...filters, response] as never);
  } catch {
    answer.destroy();
    response.destroy();
  }
}

function headersOf(
  { rawHeaders }: IncomingMessage,
  rewrite: (url: string) => string,
  rewritten: boolean,
): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, value] of returnedHeaders(rawHeaders)) {
    const lower = name.toLowerCase();
    if (rewritten && lower === 'content-length') continue;
    headers.set(lower, [...(headers.get(lower) ?? []), lower === 'location' ? rewrite(value) : value]);
  }
  return headers;
}

function hasContent({ statusCode = 0 }: IncomingMessage, { req }: ServerResponse): boolean {
  return req.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
}

/** What a page goes through; nothing else is looked into, nor what is packed in a way that is not known. */
function filtersOf({ headers }: IncomingMessage, rewrite: (url: string) => string): Duplex[] {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'text/html' || headers.location !== undefined) return [];
  switch (headers['content-encoding']?.toLowerCase() ?? '') {
    case '':
      return [htmlRewriter(rewrite)];
    case 'gzip':
      return [createGunzip(), htmlRewriter(rewrite), createGzip()];
    default:
      return [];
  }
}
