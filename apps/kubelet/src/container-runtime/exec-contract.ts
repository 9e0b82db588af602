import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { ContainerConfig, ContainerRuntime, TerminalSize } from './container-runtime.ts';
import { containerConfig, type RuntimeHarness } from './contract.ts';
import { ContainerNotFoundError } from './errors.ts';

/** Keeps what is written to it, and tells when a text has come. */
export class Collected extends Writable {
  #text = '';
  #wanted: { text: string; resolve: () => void } | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#text += chunk.toString('latin1');
    if (this.#wanted !== undefined && this.#text.includes(this.#wanted.text)) this.#wanted.resolve();
    done();
  }

  get text(): string {
    return this.#text;
  }

  async shows(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wanted = { text, resolve };
    if (!this.#text.includes(text)) await promise;
  }
}

/** The processes on whose command line a mark stands. */
export function pidsWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(mark);
      } catch {
        return false;
      }
    });
}

/** Waits until the process with a mark has written something, and writes no more. */
async function stalls(mark: string): Promise<void> {
  let last = -1;
  await becomes(() => {
    const [pid] = pidsWith(mark);
    const written =
      pid === undefined ? -1 : Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))![1]);
    const same = written > 0 && written === last;
    last = written;
    return same;
  }, 100);
}

async function becomes(condition: () => boolean, everyMs = 10): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (condition()) return;
    await Bun.sleep(everyMs);
  }
  throw new Error(`not within ${everyMs} s: ${condition}`);
}

/** What every ContainerRuntime owes those who run commands in a container. */
export function execContract(name: string, harness: RuntimeHarness): void {
  const title = harness.skipReason ? `${name} (skipped: ${harness.skipReason})` : name;
  describe.skipIf(harness.skipReason !== undefined)(`${title}: exec`, () => {
    let directory: string;
    let runtime: ContainerRuntime;
    let id: string;

    const start = async (script: string, overrides: Partial<ContainerConfig> = {}): Promise<string> => {
      const sandbox = await runtime.runPodSandbox({
        metadata: { name: 'web', uid: 'uid-1', namespace: 'default', attempt: 0 },
        hostname: 'web',
        logDirectory: join(directory, 'logs'),
        labels: {},
        annotations: {},
      });
      const container = await runtime.createContainer(
        sandbox,
        containerConfig(['sh', '-c', script], overrides),
      );
      await runtime.startContainer(container);
      return container;
    };
    beforeEach(async () => {
      directory = mkdtempSync(join(tmpdir(), 'exec-'));
      runtime = await harness.open(directory);
      id = await start('sleep 600', { workingDir: '/tmp', envs: [{ key: 'MARK', value: 'in here' }] });
    });
    afterEach(async () => {
      for (const { id: sandbox } of await runtime.listPodSandbox()) await runtime.removePodSandbox(sandbox);
      await runtime[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    });

    const run = async (command: string[], input?: string) => {
      const [stdout, stderr] = [new Collected(), new Collected()];
      const stdin = input === undefined ? {} : { stdin: Readable.from([Buffer.from(input)]) };
      const code = await runtime.exec(id, command, { ...stdin, stdout, stderr, tty: false });
      return { code, stdout: stdout.text, stderr: stderr.text };
    };
    const shell = (script: string, input?: string) => run(['sh', '-c', script], input);

    test('keeps the streams apart and tells the exit code', async () => {
      const script = 'echo "$MARK"; pwd; echo no >&2; exit 3';
      expect(await shell(script)).toEqual({ code: 3, stdout: 'in here\n/tmp\n', stderr: 'no\n' });
      expect(await shell('kill -9 $$')).toMatchObject({ code: 137 });
    });

    test('gives the command its input, and the end of it', async () => {
      expect(await shell('cat; echo end', 'some\ninput\n')).toMatchObject({ stdout: 'some\ninput\nend\n' });
      expect(await shell('cat; echo end')).toMatchObject({ code: 0, stdout: 'end\n' });
    });

    test('says what cannot be found or executed', async () => {
      expect(await run(['no-such-program'])).toEqual({
        code: 127,
        stdout: '',
        stderr: 'exec: "no-such-program": executable file not found in $PATH\n',
      });
      expect(await run(['/no/such'])).toMatchObject({
        code: 127,
        stderr: 'exec: "/no/such": stat /no/such: no such file or directory\n',
      });
      expect(await run(['/usr'])).toMatchObject({ code: 126, stderr: 'exec: "/usr": permission denied\n' });
    });

    test('goes on when the command does not read its input', async () => {
      expect(await shell('exec <&-; echo done', 'x'.repeat(4 << 20))).toMatchObject({
        code: 0,
        stdout: 'done\n',
      });
    });

    test('carries large input and output whole', async () => {
      const size = 48 << 20;
      const piece = Buffer.alloc(1 << 20, 'some bytes, more bytes');
      const expected = createHash('sha256');
      const input = function* () {
        for (let sent = 0; sent < size; sent += piece.length) {
          expected.update(piece);
          yield piece;
        }
      };
      const seen = createHash('sha256');
      const stdout = new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          seen.update(chunk);
          done();
        },
      });
      const code = await runtime.exec(id, ['cat'], { stdin: Readable.from(input()), stdout, tty: false });
      expect(code).toBe(0);
      expect(seen.digest('hex')).toBe(expected.digest('hex'));
    }, 60_000);

    test('does not wait for what goes on in the background without end', async () => {
      const started = performance.now();
      expect(await shell('echo before; sleep 60 & exit 4')).toMatchObject({ code: 4, stdout: 'before\n' });
      expect(performance.now() - started).toBeLessThan(10_000);
    });

    test('holds back a command whose output nobody takes', async () => {
      let taken = 0;
      const gate = Promise.withResolvers<void>();
      const stdout = new Writable({
        highWaterMark: 1024,
        write: (chunk: Buffer, _encoding, done) => {
          taken += chunk.length;
          void gate.promise.then(() => done());
        },
      });
      const mark = String(20_000_000 + Math.floor(Math.random() * 1e6));
      const before = process.memoryUsage.rss();
      const running = runtime.exec(id, ['head', '-c', mark, '/dev/zero'], { stdout, tty: false });
      await stalls(mark);
      expect(taken).toBeLessThan(2 << 20);
      expect(process.memoryUsage.rss() - before).toBeLessThan(32 << 20);
      gate.resolve();
      expect(await running).toBe(0);
      expect(taken).toBe(Number(mark));
    });

    test('ends the command with all of its session when the client is gone', async () => {
      const gone = new AbortController();
      const mark = `7${Math.floor(Math.random() * 1e6)}`;
      const stdout = new Collected();
      const script = `sleep ${mark} & set -m; sleep ${mark} & echo up; sleep ${mark}`;
      const running = runtime.exec(id, ['sh', '-c', script], { stdout, tty: false, signal: gone.signal });
      await stdout.shows('up');
      await becomes(() => pidsWith(mark).length >= 4);
      gone.abort(new Error('gone'));
      expect(running).rejects.toThrow('gone');
      await becomes(() => pidsWith(mark).length === 0);
    });

    test('runs nothing where nothing runs', async () => {
      await runtime.stopContainer(id, 0);
      expect(run(['true'])).rejects.toBeInstanceOf(ContainerNotFoundError);
    });

    describe('with a terminal', () => {
      const open = (command: string[]) => {
        const [stdin, stdout] = [new PassThrough(), new Collected()];
        let resize: (size: TerminalSize) => void = () => {};
        const onResize = (listener: (size: TerminalSize) => void) => {
          resize = listener;
          listener({ width: 80, height: 24 });
        };
        const ended = runtime.exec(id, command, { stdin, stdout, tty: true, onResize });
        return { stdin, stdout, ended, resize: (width: number, height: number) => resize({ width, height }) };
      };

      test('it is a device, controls the command, and has the client’s size', async () => {
        const { stdin, stdout, ended, resize } = open(['sh', '-c', 'tty; echo "$TERM"; exec sh']);
        await stdout.shows('/dev/pts/');
        await stdout.shows('xterm');
        stdin.write('stty size; echo $((20 + 22)) > /dev/tty\n');
        await stdout.shows('24 80');
        await stdout.shows('42');
        resize(132, 50);
        stdin.write('stty size; exit 6\n');
        await stdout.shows('50 132');
        expect(await ended).toBe(6);
      });

      test('^C reaches the command in front', async () => {
        const { stdin, stdout, ended } = open([
          'sh',
          '-c',
          'trap "echo caught; exit 5" INT; echo up; while :; do sleep 0.1; done',
        ]);
        await stdout.shows('up');
        stdin.write('\x03');
        await stdout.shows('caught');
        expect(await ended).toBe(5);
      });

      test('output is whole when the exit code is told', async () => {
        const { stdout, ended } = open(['sh', '-c', 'seq 1 200000']);
        expect(await ended).toBe(0);
        expect(stdout.text.endsWith('\r\n200000\r\n')).toBe(true);
        expect(stdout.text.split('\n').length).toBe(200_001);
      });

      test('its errors are there too', async () => {
        const { stdout, ended } = open(['no-such-program']);
        expect(await ended).toBe(127);
        expect(stdout.text).toContain('executable file not found');
      });
    });
  });
}
