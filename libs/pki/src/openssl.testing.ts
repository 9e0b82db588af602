import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The openssl command in a directory of its own: the outside oracle of these tests. */
export class OpenSsl implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'hawser-pki-'));

  /** Writes a file into the directory and returns its name. */
  file(name: string, content: string): string {
    writeFileSync(join(this.directory, name), content);
    return name;
  }

  /** Runs `openssl …` and returns what it printed. Throws with its complaint when it fails. */
  run(...args: string[]): string {
    const result = Bun.spawnSync(['openssl', ...args], { cwd: this.directory });
    const output = result.stdout.toString() + result.stderr.toString();
    if (result.exitCode !== 0) throw new Error(`openssl ${args.join(' ')}: ${output}`);
    return output;
  }

  read(name: string): string {
    return readFileSync(join(this.directory, name), 'utf8');
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true });
  }
}
