import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeLayout } from '@hawser/config';
import { waitForCluster } from '../scripts/dev/cluster-readiness.ts';
import {
  type Argv,
  apiserverCommand,
  type ClusterPlace,
  cliCommand,
  findNatsServer,
  natsCommand,
} from '../scripts/services.ts';

/** Away from where a development cluster listens. */
const PORT = 16443;
const START_MS = 60_000;

/** Services of a cluster with an empty state directory of its own; disposing ends them and removes it. */
export class FreshCluster implements AsyncDisposable {
  readonly place: ClusterPlace = { home: mkdtempSync(join(tmpdir(), 'hawser-bench-')), port: PORT };
  readonly #children: Bun.Subprocess[] = [];

  get kubeconfig(): string {
    return homeLayout(this.place.home).adminKubeconfig;
  }

  /** Writes the PKI and starts nats-server, if there is one. */
  async initialize(): Promise<void> {
    const env = { ...Bun.env, HAWSER_HOME: this.place.home, HAWSER_PORT: String(PORT) };
    await Bun.spawn([...cliCommand({}, 'init')], { env, stdout: 'ignore' }).exited;
    const natsServer = findNatsServer();
    if (natsServer !== undefined) this.start(natsCommand(this.place, natsServer));
  }

  /** Starts the hub. @returns when it says that it is ready. */
  async startHub(): Promise<Bun.Subprocess> {
    const hub = this.start(apiserverCommand(this.place));
    await waitForCluster(this.place, 0, () => {}, AbortSignal.timeout(START_MS));
    return hub;
  }

  start(argv: Argv): Bun.Subprocess {
    const child = Bun.spawn([...argv], { stdout: 'ignore', stderr: 'ignore' });
    this.#children.push(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.reverse()) {
      child.kill();
      await child.exited;
    }
    rmSync(this.place.home, { recursive: true });
  }
}
