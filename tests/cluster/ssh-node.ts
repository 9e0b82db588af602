import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeLayout, nodeLayout } from '@hawser/config';
import { writeFileAtomic } from '@hawser/runtime';
import { type ClusterPlace, type DevNode, devNode } from '../../scripts/services.ts';
import { prepareSshd, sshdCommand } from '../../scripts/sshd.ts';
import { eventually } from './eventually.ts';
import { takePortSlot } from './port-slot.ts';
import { requireBubblewrap, sshdPath } from './required-tools.ts';
import { ServiceProcess } from './service-process.ts';

/** A node of which there is nothing but its sshd. */
export class SshNode implements AsyncDisposable {
  private constructor(
    readonly place: ClusterPlace,
    readonly node: DevNode,
    readonly port: number,
    readonly sshd: ServiceProcess,
    private readonly releasePorts: () => void,
  ) {}

  /**
   * Starts one, with keys of its own and a hub's key that may log in.
   * @param settings lines for its configuration, before the others: the first of a kind counts.
   */
  static async start(settings = ''): Promise<SshNode> {
    const slot = await takePortSlot();
    const home = mkdtempSync(join(tmpdir(), 'hawser-test-'));
    const place = { home, port: slot.ports.hub };
    const node = devNode(1);
    prepareSshd(place, node);
    const { config } = nodeLayout(home, node.name).ssh;
    writeFileAtomic(config, `${settings}\n${readFileSync(config, 'utf8')}`);
    const argv = sshdCommand(place, node, sshdPath(), requireBubblewrap());
    const sshd = new ServiceProcess('sshd', argv, join(home, 'sshd.log'));
    const started = new SshNode(place, node, slot.ports.ssh, sshd, () => slot[Symbol.dispose]());
    await started.listen();
    return started;
  }

  get files() {
    return nodeLayout(this.place.home, this.node.name).ssh;
  }

  get keyFile(): string {
    return homeLayout(this.place.home).hub.sshKey;
  }

  /** The public half of its host key, as in a `.pub` file. */
  get hostKey(): string {
    return readFileSync(this.files.hostPublicKey, 'utf8').trim();
  }

  /** Starts sshd, and waits until it takes connections. */
  async listen(): Promise<void> {
    this.sshd.start();
    await eventually(() => answers(this.node.address, this.port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.sshd.running) await this.sshd.stop();
    this.releasePorts();
    rmSync(this.place.home, { recursive: true, force: true });
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    socket.once('data', () => socket.destroy());
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
}
