import { hostname } from 'node:os';
import { join } from 'node:path';
import { portsFor } from '@hawser/config';
import { Command, Option } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { joinCluster } from '../join/join-cluster.ts';
import { checkJoinFlags, type JoinFlags } from '../join/join-request.ts';
import { forTerminal } from '../terminal/for-terminal.ts';
import { collectList, parseTime } from './option-values.ts';

const DISCOVERY_TIMEOUT_MS = 300_000;

const collect = (text: string, previous: readonly string[] = []): readonly string[] => [...previous, text];

/** `hawser join`: makes this machine a node. */
export function joinCommand(context: CommandContext): Command {
  const { environment, clock, print, signal } = context;
  const command = new Command('join')
    .description(
      "make this machine a node of a cluster, and run the node's programs until SIGTERM or Ctrl-C; with flags that `hawser token create --print-join-command` prints",
    )
    .argument('[endpoint]', 'HOST:PORT of the hub')
    .argument('[kubelet-flags...]', 'after --: further flags of the kubelet');
  addDiscoveryOptions(command);
  addNodeOptions(command, environment.home);
  return command.action(async (first: string | undefined, others: string[], flags: JoinFlags) => {
    // With --discovery-file there is no endpoint before the kubelet's flags.
    const [endpoint, rest] = first?.startsWith('-') ? [undefined, [first, ...others]] : [first, others];
    const options = {
      ports: portsFor(environment.port),
      discoveryTimeoutMs: flags.discoveryTimeout,
      executables: flags.executables,
      writeOnly: flags.writeOnly ?? false,
      clock,
      report: (line: string) => context.printError(`join: ${forTerminal(line)}\n`),
      print,
    };
    try {
      await joinCluster(checkJoinFlags(endpoint, rest, flags), options, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  });
}

function addDiscoveryOptions(command: Command): void {
  command
    .option('--token <token>', 'the bootstrap token: by it the node knows the cluster, and is let in')
    .option(
      '--discovery-token-ca-cert-hash <hashes>',
      "sha256:… of the public key of the cluster's CA; may be given several times",
      collectList,
    )
    .option(
      '--discovery-token-unsafe-skip-ca-verification',
      'believe the token alone: whoever knows it can pose as the hub',
    )
    .option('--discovery-file <kubeconfig>', "a kubeconfig with the hub's address and CA, instead of both")
    .addOption(
      new Option('--discovery-timeout <duration>', 'how long a hub that does not answer is waited for')
        .argParser(parseTime)
        .default(DISCOVERY_TIMEOUT_MS, '5m'),
    );
}

function addNodeOptions(command: Command, home: string): void {
  const isRoot = process.getuid?.() === 0;
  command
    .addOption(
      new Option('--node-name <name>', "the node's name").default(hostname().toLowerCase(), "this machine's"),
    )
    .option('--node-ip <address>', "the node's address (default that from which it reaches the hub)")
    .addOption(
      new Option('--root-dir <directory>', 'where the node keeps everything').default(
        isRoot ? '/var/lib/kubelet' : join(home, 'node'),
        '/var/lib/kubelet; without root node in $HAWSER_HOME',
      ),
    )
    .option('--cert-dir <directory>', 'where its certificates and keys are (default pki in --root-dir)')
    .option('--executables <directory>', "where the node's programs are (default beside this one)")
    .option('--kubelet-arg <flag>', 'a further flag of the kubelet; may be given several times', collect, [])
    .option('--konnectivity-agent-arg <flag>', 'a further flag of the Konnectivity agent', collect, [])
    .option('--kube-proxy-arg <flag>', 'a further flag of kube-proxy', collect, [])
    .option('--nats-url <url>', 'where the kubelet publishes audit events (default as the cluster says)')
    .option('--nats-ca-file <file>', "NATS's CA (default as the cluster says)")
    .option(
      '--nats-cert-file <file>',
      "the node's certificate for NATS; without it audit events stay on the node",
    )
    .option('--nats-key-file <file>', 'its private key')
    .option('--write-only', "write the node's files, print the command lines of its programs, and stop");
}
