import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfigOption } from './kubeconfig-option.ts';

const directory = mkdtempSync(join(tmpdir(), 'hawser-kubeconfig-'));
afterAll(() => rmSync(directory, { recursive: true }));
const [home, empty] = [join(directory, 'home'), join(directory, 'empty')];
const [own, other, gone] = [join(home, 'admin.kubeconfig'), join(directory, 'b'), join(directory, 'c')];
mkdirSync(home);
for (const file of [own, other]) writeFileSync(file, '');

const cases = [
  { name: 'the state directory’s administrator', home, kubeconfig: other, expected: own },
  { name: 'of $KUBECONFIG without a state directory', home: empty, kubeconfig: other, expected: other },
  { name: 'the first that is there', home: empty, kubeconfig: `${gone}::${other}`, expected: other },
  { name: 'where init will write', home: empty, kubeconfig: gone, expected: join(empty, 'admin.kubeconfig') },
  { name: 'the same without $KUBECONFIG', home: empty, expected: join(empty, 'admin.kubeconfig') },
];
test.each(cases)('the kubeconfig is $name', ({ home, kubeconfig, expected }) => {
  expect(kubeconfigOption({ home, port: 6443, path: '', kubeconfig }).defaultValue).toBe(expected);
});
