// Writes docs/compatibility.md as the last run of tests/compatibility saw it; runs the tests when there was none.
import { join } from 'node:path';

const root = join(import.meta.dir, '..');
const seen = Bun.file(join(root, '.test-artifacts/compatibility.md'));

if (!(await seen.exists())) {
  const argv = [process.execPath, 'test', 'tests/compatibility/kubectl.test.ts'];
  await Bun.spawn(argv, { cwd: root, stdout: 'inherit', stderr: 'inherit' }).exited;
}
await Bun.write(join(root, 'docs/compatibility.md'), seen);
