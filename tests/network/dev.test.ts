import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeLayout } from '@hawser/config';
import { networkName } from '../../scripts/dev/dev-network.ts';
import { runningTasks } from '../../scripts/dev/task-registry.ts';
import { HUB_HOST } from '../../scripts/network/host-network.ts';
import { listNamespaces, removeNamespaces, whyNoNamespaces } from '../../scripts/network/namespaces.ts';
import { findNetworkTool } from '../../scripts/network/network-tool.ts';
import { eventually, HopelessError } from '../cluster/eventually.ts';
import { binaries, kubectlPath } from '../cluster/required-tools.ts';
import { RunningCommand } from '../cluster/running-command.ts';
import { dyingWithUs } from '../cluster/service-process.ts';
import { TestNetwork } from './test-network.ts';

const why = whyNoNamespaces();
if (why !== undefined) console.warn(`left out: ${why}`);

const TEST_TIMEOUT_MS = 90_000;
const READY_MS = 40_000;

/** `npm run dev` on a machine that is a namespace itself, so that what it does to the machine's network is seen. */
class DevMachine implements AsyncDisposable {
  readonly home = mkdtempSync(join(tmpdir(), 'hawser-test-dev-'));
  readonly #network = new TestNetwork();
  readonly #running: RunningCommand[] = [];

  get namespaces(): string[] {
    return listNamespaces().filter((name) => name.startsWith(networkName(this.home)));
  }

  /** Starts a cluster and waits for its banner. */
  async dev(...options: string[]): Promise<RunningCommand> {
    const script = join(import.meta.dir, '../../scripts/dev.ts');
    const path = `${binaries}:${process.env['PATH']}:/usr/sbin`;
    const env = { HAWSER_HOME: this.home, HAWSER_PORT: '6443', HOME: this.home, PATH: path };
    const argv = this.#network.command(HUB_HOST, [process.execPath, script, ...options]);
    const command = new RunningCommand(dyingWithUs(argv), env);
    this.#running.push(command);
    await eventually(() => {
      if (command.stdout.includes('dev: stopped') || command.stderr !== '')
        throw new HopelessError(command.stdout + command.stderr);
      if (!command.stdout.includes('Hawser is ready')) throw new Error(command.stdout);
      return true;
    }, READY_MS);
    return command;
  }

  /** Ends what the last `dev` began, as the machine's OOM killer would. */
  kill9(): void {
    process.kill(Number(readFileSync(join(this.home, 'run/dev.pid'), 'utf8').split(' ')[0]), 'SIGKILL');
  }

  /** Whether a part of the cluster still runs. */
  get runs(): boolean {
    return runningTasks(this.home).length > 0;
  }

  /** The machine's interfaces, routes (its addresses among them) and packet filters. */
  ownNetwork(): string {
    const network = this.#network;
    const show = (...argv: string[]) => network.in(network.namespaceOf(HUB_HOST), argv);
    const routes = show(findNetworkTool('ip'), '-4', 'route', 'show', 'table', 'all');
    return [show('ls', '/sys/class/net'), routes, show(findNetworkTool('nft'), 'list', 'ruleset')].join('\n');
  }

  async kubectl(...args: string[]): Promise<string> {
    const env = { KUBECONFIG: homeLayout(this.home).adminKubeconfig, HOME: this.home, PATH: '/usr/bin:/bin' };
    const argv = this.#network.command(HUB_HOST, [kubectlPath('1.36'), ...args]);
    const { stdout, stderr } = await new RunningCommand(argv, env).ended();
    return stdout + stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const command of this.#running) await command[Symbol.asyncDispose]();
    await eventually(() => !this.runs, READY_MS);
    removeNamespaces(this.namespaces);
    this.#network[Symbol.dispose]();
    rmSync(this.home, { recursive: true, force: true });
  }
}

const machine = why === undefined ? new DevMachine() : undefined;
afterAll(async () => {
  await machine?.[Symbol.asyncDispose]();
}, TEST_TIMEOUT_MS);

test.skipIf(machine === undefined)(
  '--network netns: nodes are hosts of their own, the machine’s network stays as it is, also after kill -9',
  async () => {
    const before = machine!.ownNetwork();
    const first = await machine!.dev('--network', 'netns', '--nodes', '1');
    expect(first.stdout).not.toContain(' ERROR ');
    expect(machine!.ownNetwork()).toBe(before);
    const addresses = ['get', 'nodes', '-o', 'jsonpath={.items[*].status.addresses[*].address}'];
    expect(await machine!.kubectl(...addresses)).toContain('10.77.1.1');
    expect(await machine!.kubectl('get', '--raw', '/api/v1/nodes/node-1/proxy/healthz')).toBe('ok');
    machine!.kill9();
    await eventually(() => !machine!.runs, READY_MS);
    expect(machine!.namespaces).not.toEqual([]);
    const again = await machine!.dev();
    expect(await machine!.kubectl('get', '--raw', '/api/v1/nodes/node-1/proxy/healthz')).toBe('ok');
    again.interrupt();
    expect((await again.ended(READY_MS)).exitCode).toBe(0);
    expect(machine!.namespaces).toEqual([]);
    expect(machine!.ownNetwork()).toBe(before);
  },
  TEST_TIMEOUT_MS,
);
