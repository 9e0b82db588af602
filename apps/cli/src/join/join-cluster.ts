import { joinHostPort } from '@hawser/dial';
import { awaitAdmission } from './await-admission.ts';
import { isFree } from './choose-address.ts';
import { followCluster } from './follow-cluster.ts';
import { JoinError } from './join-error.ts';
import type { JoinRequest } from './join-request.ts';
import { locateProgram } from './locate-program.ts';
import { type NodeSetting, nodeProgramFlags, privateHost } from './node-programs.ts';
import { type JoinSurroundings, type PreparedNode, prepareNode } from './prepare-node.ts';
import { type SupervisedProgram, supervisePrograms } from './supervise-programs.ts';

export interface JoinOptions extends JoinSurroundings {
  /** Where the node's programs are; default beside this one. */
  readonly executables: string | undefined;
  /** Write the files, say what is to be run, and stop. */
  readonly writeOnly: boolean;
  readonly print: (text: string) => void;
}

/**
 * Makes this machine a node of a cluster and runs its programs until the signal aborts.
 * @throws JoinError when it cannot join, or is refused while it does.
 */
export async function joinCluster(
  request: JoinRequest,
  options: JoinOptions,
  signal: AbortSignal,
): Promise<void> {
  const prepared = await prepareNode(request, options, signal);
  const { setting } = prepared;
  const programs = nodeProgramFlags(setting).map(([name, flags]) => ({
    name,
    argv: [...locateProgram(name, options.executables), ...flags],
  }));
  if (options.writeOnly) return options.print(howToRun(programs));
  await requireFreePorts(setting);
  await runNode(prepared, programs, options, signal);
}

const howToRun = (programs: readonly SupervisedProgram[]): string =>
  programs.map(({ argv }) => `${argv.map(quoted).join(' ')}\n`).join('');

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** @throws JoinError when somebody, such as this node's kubelet, listens where the kubelet is to. */
async function requireFreePorts({ ip, ports, more }: NodeSetting): Promise<void> {
  if (more.kubelet.some((word) => /^--(healthz-)?(port|address|bind-address)(=|$)/.test(word))) return;
  // The API opens late, with the serving certificate; the health port at once.
  for (const target of [
    { host: privateHost(ip), port: ports.kubeletHealth },
    { host: ip, port: ports.kubelet },
  ])
    if (!(await isFree(target.host, target.port)))
      throw new JoinError(
        `the kubelet cannot listen on ${joinHostPort(target)}: this machine has no such address, or something ` +
          'listens there, such as the node itself that runs already',
      );
}

/** The programs and the look at how they fare; whoever fails ends the other. */
async function runNode(
  { setting, earlierRequests: earlier }: PreparedNode,
  programs: readonly SupervisedProgram[],
  { clock, report }: JoinOptions,
  signal: AbortSignal,
): Promise<void> {
  const failing = new AbortController();
  const ending = AbortSignal.any([signal, failing.signal]);
  const { name: nodeName, directory } = setting;
  const admission = awaitAdmission({ nodeName, directory, earlier, clock, report }, ending)
    .then(() => followCluster({ directory, clock, report }, ending))
    .catch((error: unknown) => failing.abort(error));
  try {
    await supervisePrograms({ programs, report }, ending);
  } finally {
    failing.abort();
    await admission;
  }
  if (!signal.aborted) throw failing.signal.reason;
}
