import { relative } from 'node:path';
import { homeLayout } from '@hawser/config';
import type { ClusterPlace, Egress } from '../services.ts';

const WAYS: Readonly<Record<Egress, string>> = {
  direct: 'directly',
  ssh: 'through SSH',
  konnectivity: 'through Konnectivity',
};

const HOSTS = `
  Hub and nodes are hosts of their own (\`ip netns\` lists them); nothing else of this machine's network is touched.`;

const JOINING = `
  One more node on this machine: what the first line prints, with a directory for the node

    .tools/bin/hawser token create --print-join-command
    .tools/bin/hawser join … --node-name node-9 --root-dir /tmp/node-9
`;

/** What a user needs once the cluster is ready: where it is, and what to try. */
export function printBanner({ home, port, egress = 'direct', network }: ClusterPlace, nodes: number): void {
  const kubeconfig = homeLayout(home).adminKubeconfig;
  const kubectl = `.tools/bin/kubectl --kubeconfig ${shorten(kubeconfig)}`;
  console.log(`
  Hawser is ready: hub https://127.0.0.1:${port}, ${nodes} node${nodes === 1 ? '' : 's'}, reached ${WAYS[egress]}.${network === 'netns' ? HOSTS : ''}

    kubeconfig   ${kubeconfig}

  Try, in another terminal:

    ${kubectl} get nodes -o wide
    ${kubectl} run hello --image=none --command -- sh -c 'while echo hello; do sleep 1; done'
    ${kubectl} logs -f hello
${network === 'netns' ? '' : JOINING}
  Logs are in ${shorten(homeLayout(home).logs)}. Ctrl-C stops everything; the next \`npm run dev\` goes on.
`);
}

/** Relative to where the user is, where that is shorter. */
function shorten(path: string): string {
  const short = relative(process.cwd(), path);
  return short.length < path.length && !short.startsWith('..') ? short : path;
}
