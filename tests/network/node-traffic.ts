import { expect } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { eventually, HopelessError } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import { createPod, isReady, podsIn, podThat } from '../cluster/pods.ts';
import { serverPod } from './server-pod.ts';

/** A pod that serves, its Service, and where they are. */
export interface ServerOnNode {
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string;
  readonly ip: string;
  readonly port: number;
  /** The first line of its log. */
  readonly greeting: string;
  /** The value of a Secret that it has in its environment. */
  readonly secret: string;
}

/** The same for all: pods have their ports to themselves. */
const PORT = 8080;

/** Starts a serving pod on a node, with a Service that has it as its endpoint. */
export async function startServer(cluster: Cluster, nodeName = 'node-1'): Promise<ServerOnNode> {
  const namespace = await cluster.namespace('traffic');
  const [name, greeting, secret] = ['web', marker('log'), marker('secret')];
  const port = PORT;
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  expectJson(await cluster.admin.post(secrets, { metadata: { name }, stringData: { value: secret } }), 201);
  const pod = serverPod(name, nodeName, port, greeting, name);
  const path = await createPod(cluster, namespace, pod);
  const spec = { selector: { app: name }, ports: [{ name: 'web', port: 80, targetPort: 'http' }] };
  const services = `/api/v1/namespaces/${namespace}/services`;
  expectJson(await cluster.admin.post(services, { metadata: { name }, spec }), 201);
  const { status } = await podThat(cluster, path, isReady);
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  await eventually(async () => {
    const { items } = expectJson(await cluster.admin.get(slices));
    return items[0]?.endpoints?.[0]?.conditions?.ready === true;
  });
  return { namespace, name, nodeName, ip: status.podIP, port, greeting, secret };
}

/** A text that is nowhere else, to be looked for on the wire. */
export const marker = (of: string): string => `${of}-${crypto.randomUUID()}`;

/** Everything that the hub does towards a node, one thing each; each throws unless it works. */
export const NODE_TRAFFIC: Readonly<
  Record<string, (cluster: Cluster, server: ServerOnNode, text: string) => Promise<void>>
> = {
  logs: async (cluster, { namespace, name, greeting }) => {
    expect(await kubectl(cluster, '-n', namespace, 'logs', name)).toBe(`${greeting}\n`);
  },
  exec: async (cluster, { namespace, name }, text) => {
    const output = await kubectl(cluster, '-n', namespace, 'exec', name, '--', 'echo', text);
    expect(output).toBe(`${text}\n`);
  },
  'port-forward': async (cluster, { namespace, name, port: podPort }, text) => {
    const args = ['-n', namespace, 'port-forward', `pod/${name}`, `:${podPort}`];
    await using forward = cluster.startKubectl('1.36', ...args);
    const port = await eventually(() => {
      if (forward.stderr !== '') throw new HopelessError(forward.stderr);
      return /127\.0\.0\.1:(\d+)/.exec(forward.stdout)?.[1];
    });
    const answer = await fetch(`http://127.0.0.1:${port}/${text}`, { keepalive: false });
    expect(await answer.text()).toBe(`answer to /${text}`);
    forward.interrupt();
    await forward.ended();
  },
  cp: async (cluster, { namespace, name }, text) => {
    const [sent, received] = ['sent', 'received'].map((file) => join(cluster.place.home, `${text}.${file}`));
    writeFileSync(sent!, text);
    await kubectl(cluster, 'cp', sent!, `${namespace}/${name}:/data/${text}`);
    await kubectl(cluster, 'cp', `${namespace}/${name}:/data/${text}`, received!);
    expect(readFileSync(received!, 'utf8')).toBe(text);
  },
  'node proxy': async (cluster, { nodeName, name }) => {
    const pods = await kubectl(cluster, 'get', '--raw', `/api/v1/nodes/${nodeName}/proxy/pods`);
    expect(pods).toContain(`"${name}"`);
  },
  'pod proxy': async (cluster, { namespace, name, port }, text) => {
    const path = `${podsIn(namespace)}/${name}:${port}/proxy/${text}`;
    expect(await kubectl(cluster, 'get', '--raw', path)).toBe(`answer to /${text}`);
  },
  'service proxy': async (cluster, { namespace, name }, text) => {
    const path = `/api/v1/namespaces/${namespace}/services/${name}:web/proxy/${text}`;
    expect(await kubectl(cluster, 'get', '--raw', path)).toBe(`answer to /${text}`);
  },
};

/** kubectl's output. @throws Error with what it said when it fails. */
async function kubectl(cluster: Cluster, ...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await cluster.kubectl('1.36', ...args);
  if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr || stdout}`);
  return stdout;
}
