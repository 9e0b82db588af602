import { expect, test } from 'bun:test';
import type { Pod } from '@hawser/api';
import { audienceFault } from './node-token-audience.ts';

const HUB = ['https://kubernetes.default.svc'];
const pod = {
  spec: {
    containers: [],
    volumes: [
      { name: 'other', emptyDir: {} },
      {
        name: 'vault',
        projected: { sources: [{ serviceAccountToken: { audience: 'vault', path: 'token' } }] },
      },
    ],
  },
} as unknown as Pod;

const cases: { name: string; audiences: string[]; refused: boolean }[] = [
  { name: 'for the hub, unsaid', audiences: [], refused: false },
  { name: 'for the hub', audiences: HUB, refused: false },
  { name: 'for what a volume of the pod asks for', audiences: ['vault'], refused: false },
  { name: 'for somebody else', audiences: ['bank'], refused: true },
  { name: 'for several', audiences: [...HUB, 'vault'], refused: true },
];
for (const { name, audiences, refused } of cases)
  test(`a node ${refused ? 'gets no' : 'gets a'} token ${name}`, () =>
    expect(audienceFault(audiences, pod, HUB) !== undefined).toBe(refused));
