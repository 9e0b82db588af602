import { readFileSync } from 'node:fs';
import type { Argv } from '../../scripts/services.ts';
import { eventually, HopelessError } from '../cluster/eventually.ts';
import { RunningCommand } from '../cluster/running-command.ts';
import { dyingWithUs } from '../cluster/service-process.ts';
import { type Packet, readPackets } from './read-packets.ts';

/** tcpdump while it listens to a link. */
export class LinkCapture implements AsyncDisposable {
  private constructor(
    readonly command: RunningCommand,
    readonly file: string,
  ) {}

  /** Resolves once packets are taken. */
  static async start(argv: Argv, file: string): Promise<LinkCapture> {
    const command = new RunningCommand(dyingWithUs(argv), { PATH: process.env['PATH'] ?? '' });
    await eventually(() => {
      if (/error|couldn't|permission/i.test(command.stderr)) throw new HopelessError(command.stderr);
      return command.stderr.includes('listening on');
    });
    return new LinkCapture(command, file);
  }

  /** Stops, and returns what went over the link. */
  async end(): Promise<Packet[]> {
    this.command.interrupt();
    const { stderr } = await this.command.ended();
    const dropped = /(\d+) packets dropped by kernel/.exec(stderr)?.[1];
    if (dropped !== '0') throw new Error(`tcpdump did not see everything: ${stderr}`);
    return readPackets(readFileSync(this.file));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.command[Symbol.asyncDispose]();
  }
}
