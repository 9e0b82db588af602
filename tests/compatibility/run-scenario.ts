import { expect } from 'bun:test';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import type { KubectlVersion } from '../cluster/required-tools.ts';
import type { CommandResult, RunningCommand } from '../cluster/running-command.ts';
import type { Json } from '../cluster/wire-client.ts';
import { createGiven } from './create-given.ts';
import type { Act, Lack, Scenario, Step } from './scenario.ts';
import { Stage } from './stage.ts';

/** A pod's start, beside three others. */
const HEARD_TIMEOUT_MS = 30_000;

/** What one client saw. */
export type Outcome = 'works' | 'refused' | 'lacking';

/** Plays a scenario with one client. @throws Error with the step at which it was not as the table says. */
export async function runScenario(
  cluster: Cluster,
  version: KubectlVersion,
  scenario: Scenario,
): Promise<Outcome> {
  const stage = new Stage(cluster, version, await cluster.namespace(`k${version.replace('.', '-')}`));
  const lack = scenario.lacks?.[version];
  if (lack !== undefined) return await expectLack(stage, lack);
  stage.write(scenario.files ?? {});
  await createGiven(stage, scenario.given ?? []);
  try {
    await playSteps(stage, scenario.steps);
  } finally {
    for (const line of scenario.finally ?? []) await stage.kubectl(line);
    await endProcesses(stage);
  }
  const { refused } = scenario;
  return refused === undefined || (typeof refused === 'object' && refused[version] === undefined)
    ? 'works'
    : 'refused';
}

/** Nobody looks at them any more: what keeps pods goes, then the pods. */
async function endProcesses({ cluster, namespace }: Stage): Promise<void> {
  for (const resource of ['daemonsets', 'deployments'])
    await cluster.admin.delete(`/apis/apps/v1/namespaces/${namespace}/${resource}`);
  await cluster.admin.delete(`/api/v1/namespaces/${namespace}/pods?gracePeriodSeconds=0`);
}

/** A client is said to lack a thing on its own word only. */
async function expectLack(stage: Stage, { help, absent }: Lack): Promise<Outcome> {
  const { stdout } = await stage.kubectl(`${help} --help`);
  if (stdout === '' || stdout.includes(absent))
    throw new Error(
      `its help of \`${help}\` speaks of ${absent}: the table is wrong to say that it lacks it`,
    );
  return 'lacking';
}

async function playSteps(stage: Stage, steps: readonly Step[]): Promise<void> {
  const started: RunningCommand[] = [];
  try {
    for (const [index, step] of steps.entries()) {
      const act: Act = { ...step, ...step.by?.[stage.version] };
      await playStep(stage, act, started).catch((fault) => {
        throw new Error(`step ${index + 1}, ${titleOf(act)}: ${messageOf(fault)}`);
      });
    }
  } finally {
    for (const command of started) await command[Symbol.asyncDispose]();
  }
}

function titleOf({ run, start, heard, does }: Act): string {
  if (run !== undefined) return `\`kubectl ${run}\``;
  if (start !== undefined) return `\`kubectl ${start}\``;
  if (does !== undefined) return does.name;
  return heard === undefined ? 'the state' : 'what was started';
}

async function playStep(stage: Stage, act: Act, started: RunningCommand[]): Promise<void> {
  if (act.start !== undefined) started.push(stage.startKubectl(act.start));
  const attempt = async () => {
    if (act.run !== undefined) expectResult(stage, act, await stage.kubectl(act.run, act.stdin, act.editor));
    for (const [path, holds] of Object.entries(act.state ?? {})) await expectState(stage, path, holds);
  };
  if (act.fetched !== undefined) await expectFetched(stage, act.fetched);
  if (act.eventually === true) await eventuallyPasses(attempt);
  else await attempt();
  const last = started.at(-1);
  await act.does?.(stage, last);
  if (last !== undefined) await expectStarted(stage, act, last);
}

/** What the client's libraries log at level info, such as that it ended a watch of its own. */
const CLIENT_LOG = /^I\d{4} .*\.go:\d+\] .*\n/gm;

function expectResult(stage: Stage, act: Act, said: CommandResult): void {
  const { exitCode = 0 } = act;
  const result = { ...said, stderr: said.stderr.replace(CLIENT_LOG, '') };
  const stderr = act.stderr ?? (exitCode === 0 ? '' : undefined);
  const faults = [
    ...(result.exitCode === exitCode ? [] : [`exit code ${exitCode}`]),
    ...(act.stdout === undefined || stage.matches(act.stdout, result.stdout) ? [] : [`stdout ${act.stdout}`]),
    ...(stderr === undefined || stage.matches(stderr, result.stderr) ? [] : [`stderr ${stderr || 'empty'}`]),
  ];
  if (faults.length > 0)
    throw new Error(`not ${stage.fill(faults.join(' and '))}, but ${JSON.stringify(result, null, 1)}`);
}

async function expectState(stage: Stage, path: string, holds: object | 404): Promise<void> {
  const answer = await stage.cluster.admin.get(stage.fill(path));
  if (holds === 404) expect({ path, status: answer.status }).toEqual({ path, status: 404 });
  else expect(expectJson(answer)).toMatchObject(JSON.parse(stage.fill(JSON.stringify(holds))) as Json);
}

async function expectFetched(
  stage: Stage,
  { socket, path, says }: NonNullable<Act['fetched']>,
): Promise<void> {
  const response = await fetch(`http://localhost${stage.fill(path)}`, {
    unix: join(stage.directory, socket),
  });
  const text = await response.text();
  if (!stage.matches(says, text)) throw new Error(`${path} does not say ${says}, but ${text}`);
}

async function expectStarted(stage: Stage, { heard, ends }: Act, command: RunningCommand): Promise<void> {
  if (heard !== undefined)
    await eventuallyPasses(() => {
      if (!stage.matches(heard, command.stdout))
        throw new Error(`not heard: ${heard}, but ${command.stdout}${command.stderr}`);
    }, HEARD_TIMEOUT_MS);
  if (ends === undefined) return;
  const result = await command.ended();
  if (result.exitCode !== ends) throw new Error(`did not end with ${ends}: ${JSON.stringify(result)}`);
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
