import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { ContainerConfig, ContainerRuntime, TerminalSize } from './container-runtime.ts';
import { containerConfig, ended, logged, type RuntimeHarness } from './contract.ts';
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

    test('ends a command that is held back when the client is gone', async () => {
      const gone = new AbortController();
      const mark = String(20_000_000 + Math.floor(Math.random() * 1e6));
      const stdout = new Writable({ highWaterMark: 1024, write: () => {} });
      const command = ['head', '-c', mark, '/dev/zero'];
      const running = runtime.exec(id, command, { stdout, tty: false, signal: gone.signal });
      await stalls(mark);
      gone.abort(new Error('gone'));
      expect(running).rejects.toThrow('gone');
      await becomes(() => pidsWith(mark).length === 0);
    });

    test('runs nothing where nothing runs', async () => {
      await runtime.stopContainer(id, 0);
      expect(run(['true'])).rejects.toBeInstanceOf(ContainerNotFoundError);
    });

    describe('attach', () => {
      const attach = (
        container: string,
        options: { tty?: boolean; stdin?: PassThrough; signal?: AbortSignal } = {},
      ) => {
        const [stdout, stderr] = [new Collected(), new Collected()];
        const done = runtime.attach(container, { tty: false, stdout, stderr, ...options });
        done.catch(() => {});
        return { stdout, stderr, done };
      };
      const log = async (container: string) => {
        const { logPath } = await runtime.containerStatus(container);
        return readFileSync(logPath, 'latin1').replaceAll(/^\S+ /gm, '');
      };

      test('shows what the container says from now on, to everybody who came, as its log does', async () => {
        const container = await start('echo early; read go; echo out; echo err >&2; exit 3', { stdin: true });
        await logged((await runtime.containerStatus(container)).logPath, 'early');
        const stdin = new PassThrough();
        const clients = [attach(container), attach(container, { stdin })];
        stdin.write('go\n');
        for (const { stdout, stderr, done } of clients) {
          await done;
          expect([stdout.text, stderr.text]).toEqual(['out\n', 'err\n']);
        }
        expect((await log(container)).split('\n').sort()).toEqual([
          '',
          'stderr F err',
          'stdout F early',
          'stdout F out',
        ]);
        expect(await runtime.containerStatus(container)).toMatchObject({ exitCode: 3 });
      });

      test('with stdinOnce, the end of the first client’s input is the container’s', async () => {
        const container = await start('cat; echo end', { stdin: true, stdinOnce: true });
        const stdin = new PassThrough();
        const { stdout, done } = attach(container, { stdin });
        stdin.end('some input\n');
        await done;
        expect(stdout.text).toBe('some input\nend\n');
      });

      test('with stdinOnce, a client that leaves ends the input', async () => {
        const container = await start('cat; echo end', { stdin: true, stdinOnce: true });
        const gone = new AbortController();
        const stdin = new PassThrough();
        const { stdout, done } = attach(container, { stdin, signal: gone.signal });
        stdin.write('one\n');
        await stdout.shows('one');
        gone.abort(new Error('gone'));
        expect(done).rejects.toThrow('gone');
        await ended(runtime, container);
        expect(await log(container)).toBe('stdout F one\nstdout F end\n');
      });

      test('without it, a client’s end of input is its leave, and the input stays open for the next', async () => {
        const container = await start('while read line; do echo "got $line"; done', { stdin: true });
        for (const word of ['one', 'two']) {
          const stdin = new PassThrough();
          const { stdout, done } = attach(container, { stdin });
          stdin.end(`${word}\n`);
          await done;
          expect(stdout.text).toBe(`got ${word}\n`);
        }
        expect((await runtime.containerStatus(container)).state).toBe('running');
      });

      test('a terminal is the container’s own', async () => {
        const container = await start('exec sh', { stdin: true, stdinOnce: true, tty: true });
        const stdin = new PassThrough();
        let resize: (size: TerminalSize) => void = () => {};
        const onResize = (listener: (size: TerminalSize) => void) => {
          resize = listener;
        };
        const stdout = new Collected();
        const done = runtime.attach(container, { tty: true, stdin, stdout, onResize });
        stdin.write('tty\n');
        await stdout.shows('/dev/');
        resize({ width: 132, height: 50 });
        stdin.write('stty size; echo $((40+2)) > /dev/tty\n');
        await stdout.shows('50 132');
        await stdout.shows('42\r\n');
        stdin.write(`sh -c 'trap "echo caught; exit 1" INT; echo ready; while :; do sleep 0.1; done'\n`);
        await stdout.shows('ready\r\n');
        stdin.write('\x03');
        await stdout.shows('caught\r\n');
        stdin.write('exit 7\n');
        await done;
        expect(await runtime.containerStatus(container)).toMatchObject({ exitCode: 7 });
        // Many turns between processes, each of them slow on a busy machine.
      }, 30_000);

      test('what ends brings its last words first', async () => {
        const container = await start('read go; seq 1 100000', { stdin: true });
        const stdin = new PassThrough();
        const { stdout, done } = attach(container, { stdin });
        stdin.write('go\n');
        await done;
        expect(stdout.text.split('\n').length).toBe(100_001);
      });

      test('a client that takes nothing does not keep the container from being stopped', async () => {
        const container = await start('read go; while :; do seq 1 100000; done', { stdin: true });
        const stdin = new PassThrough();
        const gone = new AbortController();
        const stdout = new Writable({ highWaterMark: 1024, write: () => {} });
        const done = runtime.attach(container, { tty: false, stdin, stdout, signal: gone.signal });
        stdin.write('go\n');
        const { logPath } = await runtime.containerStatus(container);
        await logged(logPath, ' 50000\n');
        await runtime.stopContainer(container, 1);
        expect((await runtime.containerStatus(container)).state).toBe('exited');
        gone.abort(new Error('gone'));
        expect(done).rejects.toThrow('gone');
      });

      test('of what does not run is refused', async () => {
        const container = await start('exit 0');
        await ended(runtime, container);
        expect(attach(container).done).rejects.toBeInstanceOf(ContainerNotFoundError);
      });
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
