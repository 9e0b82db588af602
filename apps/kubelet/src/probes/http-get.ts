import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Container, HTTPGetAction } from '@hawser/api';

export interface HttpAnswer {
  code: number;
  body: string;
}

const BODY_BYTES = 10 * 1024;

/** The number of a port that may be named. @throws Error for a name that the container does not declare. */
export function portNumber(port: number | string, container: Container): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  const number = named ?? (/^\d+$/.test(port) ? Number(port) : undefined);
  if (number === undefined)
    throw new Error(`couldn't find port: ${JSON.stringify(port)} in container ${container.name}`);
  return number;
}

/**
 * Sends the request of an `httpGet` probe or hook. HTTPS is spoken without verification, as the API defines it:
 * a pod's certificate is its own affair.
 * @throws Error when no answer comes within the time, or before the signal aborts.
 */
export function httpGet(
  action: HTTPGetAction,
  container: Container,
  podIp: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const { path = '/', scheme = 'HTTP', httpHeaders = [] } = action;
  const headers: Record<string, string> = {
    'User-Agent': 'kube-probe/1.36',
    Accept: '*/*',
    Connection: 'close',
  };
  for (const { name, value } of httpHeaders) headers[name] = value ?? '';
  const options = {
    host: action.host || podIp,
    port: portNumber(action.port, container),
    path: path.startsWith('/') ? path : `/${path}`,
    headers,
    agent: false as const,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
  return new Promise((resolve, reject) => {
    const onAnswer = (response: IncomingMessage) => void readAnswer(response).then(resolve, reject);
    const request =
      scheme === 'HTTPS'
        ? https.get({ ...options, rejectUnauthorized: false }, onAnswer)
        : http.get(options, onAnswer);
    request.on('error', (error) => reject(describeFailure(action, options, timeoutMs, error)));
  });
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  let body = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    body += chunk.toString('utf8');
    if (body.length > BODY_BYTES) break;
  }
  response.destroy();
  return { code: response.statusCode ?? 0, body: body.slice(0, BODY_BYTES) };
}

function describeFailure(
  { scheme = 'HTTP' }: HTTPGetAction,
  { host, port, path }: { host: string; port: number; path: string },
  timeoutMs: number,
  error: Error,
): Error {
  const cause =
    error.name === 'AbortError' || error.name === 'TimeoutError'
      ? `no answer within ${timeoutMs} ms`
      : error.message;
  return new Error(`Get "${scheme.toLowerCase()}://${host}:${port}${path}": ${cause}`);
}
