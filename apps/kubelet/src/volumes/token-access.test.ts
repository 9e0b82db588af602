import { expect, test } from 'bun:test';
import type { Pod } from '@hawser/api';
import { tokenAccess } from './token-access.ts';

const isRoot = process.getuid?.() === 0;
const user = (runAsUser: number) => ({ securityContext: { runAsUser } });

const cases: { name: string; spec: object; mode: number; uid?: number }[] = [
  { name: 'a pod that says nothing', spec: { containers: [{}] }, mode: 0o644 },
  { name: 'a pod with a group', spec: { containers: [{}], securityContext: { fsGroup: 7 } }, mode: 0o600 },
  { name: 'a pod with a user', spec: { containers: [{}, {}], ...user(7) }, mode: 0o600, uid: 7 },
  {
    name: 'containers of one user',
    spec: { initContainers: [user(7)], containers: [user(7)] },
    mode: 0o600,
    uid: 7,
  },
  { name: 'containers of two users', spec: { containers: [user(7), user(8)] }, mode: 0o644 },
  { name: 'a container that does not say', spec: { containers: [user(7), {}] }, mode: 0o644 },
];
test.each(cases)('$name', ({ spec, mode, uid }) => {
  const wanted = { mode, ...(uid === undefined || !isRoot ? {} : { uid }) };
  expect(tokenAccess({ spec } as unknown as Pod, 0o644)).toEqual(wanted);
});
