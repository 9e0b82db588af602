import type { ConnectOption, Subresource } from '../../schema/kind.ts';

const text = (name: string, doc: string): ConnectOption => ({ name, type: 'string', doc });
const flag = (name: string, doc: string): ConnectOption => ({ name, type: 'boolean', doc });

const container = text('container', 'The container; not needed when there is only one.');
const streams = [
  flag('stderr', "Passes on the container's standard error."),
  flag('stdin', "Passes on the client's input to the container."),
  flag('stdout', "Passes on the container's standard output."),
  flag('tty', 'The container has a terminal, whose output is one stream.'),
];

/** GET for WebSockets, POST for SPDY. */
const stream = (kind: string, options: readonly ConnectOption[]): Subresource => ({
  verbs: ['create', 'get'],
  kind: { group: '', version: 'v1', kind },
  connect: { methods: ['GET', 'POST'], options },
});

/** Ways into a pod. */
export const podStreams: Readonly<Record<string, Subresource>> = {
  attach: stream('PodAttachOptions', [container, ...streams]),
  exec: stream('PodExecOptions', [
    text('command', 'The command and its arguments, each its own parameter; no shell is put around it.'),
    container,
    ...streams,
  ]),
  portforward: stream('PodPortForwardOptions', [
    { name: 'ports', type: 'integer', doc: 'Ports to forward; needed by WebSockets of the older protocol.' },
  ]),
};

/** Requests that are passed on to something that runs behind a resource. */
export function proxyOf(kind: string): Readonly<Record<string, Subresource>> {
  return {
    proxy: {
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
      kind: { group: '', version: 'v1', kind },
      connect: {
        methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
        options: [text('path', 'What is asked of the other side; the path behind `proxy` says the same.')],
        path: true,
      },
    },
  };
}
