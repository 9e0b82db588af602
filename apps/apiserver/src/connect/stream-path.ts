import { badRequest, type Pod } from '@hawser/api';
import { isTrue } from '@hawser/http';
import { containerOf } from './container-of.ts';

/** What the API server calls a stream, and the kubelet (core/types.go: `ExecStdinParam` and its like). */
const STREAMS = [
  ['stdin', 'input'],
  ['stdout', 'output'],
  ['stderr', 'error'],
  ['tty', 'tty'],
] as const;

/**
 * Path and query of the kubelet's for a request to exec, attach or portforward (`streamLocation` and
 * `PortForwardLocation` in pkg/registry/core/pod/strategy.go).
 * @param query `PodExecOptions`, `PodAttachOptions` or `PodPortForwardOptions`.
 * @throws ApiError BadRequest, in upstream's words.
 */
export function streamPath(subresource: string, pod: Pod, query: URLSearchParams): string {
  const { namespace = '', name = '' } = pod.metadata;
  if (subresource === 'portforward') return `/portForward/${namespace}/${name}${portsOf(query)}`;
  const container = containerOf(pod, query.get('container') ?? '');
  const asked = new URLSearchParams();
  for (const [here, there] of STREAMS) if (isTrue(query.get(here))) asked.set(there, '1');
  if (subresource === 'exec') for (const word of query.getAll('command')) asked.append('command', word);
  return `/${subresource}/${namespace}/${name}/${container}${asked.size === 0 ? '' : `?${asked}`}`;
}

/** The ports that clients of the older protocol name in the query; SPDY names them in each stream. */
function portsOf(query: URLSearchParams): string {
  const ports = query.getAll('ports').flatMap((value) => value.split(','));
  for (const port of ports) {
    const fault = !/^\d+$/.test(port) ? 'invalid syntax' : Number(port) > 65_535 ? 'value out of range' : '';
    if (fault !== '')
      throw badRequest(
        `cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(port)}: ${fault}`,
      );
  }
  return ports.length === 0 ? '' : `?${new URLSearchParams({ port: ports.map(Number).join(',') })}`;
}
