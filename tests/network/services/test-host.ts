import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { dyingWithUs } from '../../cluster/service-process.ts';
import type { TestNetwork } from '../test-network.ts';
import type { Questions, TestProtocol, Told } from './host-questions.ts';

/** A kept connection of a host. */
export interface HeldConnection {
  /** Who answered it. */
  readonly name: string | undefined;
  /** What comes back, or the error. */
  say(text: string): Promise<string>;
}

/** A host of a test network on which things are served and asked for. */
export class TestHost implements AsyncDisposable {
  readonly #child;
  readonly #waiting = new Map<number, (answer: { tells?: unknown; error?: string }) => void>();
  #count = 0;

  constructor(network: TestNetwork, host: string) {
    const script = join(import.meta.dir, 'host-program.ts');
    this.#child = Bun.spawn(dyingWithUs(network.command(host, [process.execPath, script])), {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'inherit',
    });
    createInterface({ input: Readable.fromWeb(this.#child.stdout as never) }).on('line', (line) => {
      const { number, ...answer } = JSON.parse(line) as { number: number; tells?: unknown; error?: string };
      this.#waiting.get(number)?.(answer);
      this.#waiting.delete(number);
    });
  }

  serve(name: string, port: number, protocol: TestProtocol = 'TCP'): Promise<null> {
    return this.#tell('serve', { name, port, protocol });
  }

  unserve(port: number, protocol: TestProtocol = 'TCP'): Promise<null> {
    return this.#tell('unserve', { port, protocol });
  }

  ask(
    host: string,
    port: number,
    options: { count?: number; protocol?: TestProtocol; localPort?: number; timeoutMs?: number } = {},
  ): Promise<Told[]> {
    return this.#tell('ask', { count: 1, protocol: 'TCP', ...options, host, port });
  }

  /** Asks until so many have answered, and returns whose answers they were. @throws Error at the first error. */
  async names(
    host: string,
    port: number,
    options: { count?: number; protocol?: TestProtocol } = {},
  ): Promise<Set<string>> {
    const told = await this.ask(host, port, { count: 20, ...options });
    const error = told.find((one) => one.error !== undefined);
    if (error) throw new Error(`${host}:${port}: ${error.error} after ${error.tookMs} ms`);
    return new Set(told.map(({ name }) => name!));
  }

  async open(host: string, port: number): Promise<HeldConnection> {
    const id = ++this.#count;
    const { name, error } = await this.#tell('open', { host, port, id });
    if (error !== undefined) throw new Error(`${host}:${port}: ${error}`);
    const say = async (text: string) => {
      const told = await this.#tell('say', { id, text });
      return told.error ?? told.name!;
    };
    return { name, say };
  }

  load(host: string, port: number, forMs: number, concurrency = 4): Promise<Record<string, number>> {
    return this.#tell('load', { host, port, forMs, concurrency });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#child.exited;
  }

  #tell<K extends keyof Questions>(kind: K, asks: Questions[K]['asks']): Promise<Questions[K]['tells']> {
    const number = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, ({ tells, error }) => {
        if (error !== undefined) reject(new Error(error));
        else resolve(tells as Questions[K]['tells']);
      });
      this.#child.stdin.write(`${JSON.stringify({ number, kind, asks })}\n`);
      void this.#child.stdin.flush();
    });
  }
}
