import { expect, test } from 'bun:test';
import type { CertificateSigningRequest } from '@hawser/api';
import { OwnDecisions } from './own-decisions.ts';

const csr = { metadata: { name: 'c', uid: 'u' } } as CertificateSigningRequest;

test('a decision is one’s own when its write came through, and whoever asks earlier waits for that', async () => {
  const decisions = new OwnDecisions();
  const answered = Promise.withResolvers<string>();
  const deciding = decisions.by('me')(csr, 'approved', () => answered.promise);
  const author = decisions.authorOf('u', 'approved');
  answered.resolve('done');
  expect([await deciding, await author]).toEqual(['done', 'me']);
  expect(await decisions.authorOf('u', 'denied')).toBeUndefined();
  decisions.forget('u');
  expect(await decisions.authorOf('u', 'approved')).toBeUndefined();
});

test('where somebody else was faster it is theirs', async () => {
  const decisions = new OwnDecisions();
  const decide = decisions.by('me');
  const failing = decide(csr, 'approved', () => Promise.reject(new Error('conflict')));
  await expect(failing).rejects.toThrow('conflict');
  expect(await decisions.authorOf('u', 'approved')).toBeUndefined();
});
