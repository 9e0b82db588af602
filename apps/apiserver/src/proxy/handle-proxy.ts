import type { Duplex } from 'node:stream';
import { ApiError } from '@hawser/api';
import { joinHostPort } from '@hawser/dial';
import { forwardedHeaders, hostOf } from '../connect/forwarded-headers.ts';
import { relayUpgrade } from '../connect/relay-upgrade.ts';
import { withUpgrade } from '../connect/stream-context.ts';
import type { Hub } from '../hub.ts';
import type { Answer, StreamingAnswer } from '../pipeline/answer.ts';
import { attributesOf, authorize } from '../pipeline/authorize.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { findTarget } from './find-target.ts';
import { passOn } from './pass-on.ts';
import type { ProxyTarget } from './proxy-target.ts';
import type { PageLocation } from './rewrite-url.ts';
import { serviceUnavailable } from './service-unavailable.ts';
import { isPowerful, targetPath } from './target-path.ts';

/**
 * nodes/NAME/proxy, pods/NAME/proxy and services/NAME/proxy: the request goes on to what stands behind the name,
 * and the answer comes back, with its links leading through the proxy.
 */
export async function handleProxy(hub: Hub, context: RequestContext): Promise<Answer | StreamingAnswer> {
  const { info, request, upgrade } = context;
  const target = await findTarget(hub, context);
  const path = targetPath(info.rest);
  const method = request.method ?? 'GET';
  if (path === '' && upgrade === undefined && (method === 'GET' || method === 'HEAD'))
    return redirectToRoot(request.url ?? '');
  checkPower(hub, context, target, path);
  const prefix = info.rest === '' ? info.path : info.path.slice(0, -info.rest.length);
  const { socket, host, authority } = await connect(hub, context, target);
  const page: PageLocation = { prefix, hosts: [authority, host] };
  const headers = [
    ['Host', host] as const,
    ...forwardedHeaders(request, context.sourceAddress),
    ['X-Forwarded-Uri', `${prefix}${path}`] as const,
    ['X-Forwarded-Host', hostOf(request)] as const,
    ['X-Forwarded-Proto', 'https'] as const,
  ];
  const asked = `${path || '/'}${queryOf(request.url ?? '')}`;
  const { clock, streamMetrics: metrics, way } = hub;
  if (upgrade === undefined) return passOn({ context, socket, way, method, path: asked, headers, page });
  return relayUpgrade({
    context: withUpgrade(context),
    backend: socket,
    way,
    path: asked,
    headers,
    clock,
    metrics,
  });
}

/** So that relative links of the page lead below it (issue 4958 of upstream). */
function redirectToRoot(url: string): Answer {
  const [path = '', ...query] = url.split('?');
  const Location = `${path}/${query.length === 0 ? '' : `?${query.join('?')}`}`;
  return { code: 301, type: 'text/plain; charset=utf-8', body: '', headers: { Location } };
}

/** The kubelet asks the same of whoever comes without the hub. @throws ApiError Forbidden */
function checkPower({ authorizer }: Hub, context: RequestContext, target: ProxyTarget, path: string): void {
  if (!('kubelet' in target) || (context.upgrade === undefined && !isPowerful(path))) return;
  authorize(authorizer, { ...attributesOf(context.identity, context.info), verb: 'create' }, context.trail);
}

interface Connected {
  readonly socket: Duplex;
  /** What `Host` says: kubelets are asked by their own address, all others as the client asked. */
  readonly host: string;
  readonly authority: string;
}

/** @throws ApiError ServiceUnavailable where nobody answers, or somebody else than should. */
async function connect(hub: Hub, context: RequestContext, target: ProxyTarget): Promise<Connected> {
  const { info, signal, request, trail } = context;
  try {
    if ('kubelet' in target) {
      const { socket, host } = await hub.kubelets.connect(target.kubelet, signal);
      return { socket, host, authority: host };
    }
    const socket = await hub.proxy.connect(target, info, signal);
    if (hub.proxy.isUnverified(target)) trail.annotate('hawser.dev/proxy-tls', 'insecure');
    const authority = joinHostPort({ host: target.address, port: target.port });
    return { socket, host: hostOf(request), authority };
  } catch (error) {
    if (error instanceof ApiError || !(error instanceof Error)) throw error;
    throw serviceUnavailable(`error trying to reach service: ${error.message}`, error);
  }
}

function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark);
}
