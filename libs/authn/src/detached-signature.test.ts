import { expect, test } from 'bun:test';
import { isSignedDetached, signDetached } from './detached-signature.ts';

/** Upstream's own vectors (cluster-bootstrap/token/jws). */
const CONTENT = 'Hello from the other side. I must have called a thousand times.';
const TOKEN = { id: 'joshua', secret: 'my voice is my passcode' };
const HEADER = 'eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9';

const vectors = [
  { content: CONTENT, secret: TOKEN.secret, mac: 'VShe2taLd-YTrmWuRkcL_8QTNDHYxQIEBsAYYiIj1_8' },
  { content: '', secret: TOKEN.secret, mac: '7Ui1ALizW4jXphVUB7xUqC9vLYLL9RZeOFfVLoB7Tgk' },
  { content: CONTENT, secret: '', mac: 'UfkqvDGiIFxrMnFseDj9LYJOLNrvjW8aHhF71mvvAs8' },
];
for (const { content, secret, mac } of vectors)
  test(`signs ${JSON.stringify(content.slice(0, 10))} with ${JSON.stringify(secret)} as upstream does`, () => {
    expect(signDetached(content, { id: TOKEN.id, secret })).toBe(`${HEADER}..${mac}`);
  });

test('believes its own signature, and none that was made of anything else', () => {
  const signature = signDetached(CONTENT, TOKEN);
  expect(isSignedDetached(signature, CONTENT, TOKEN)).toBe(true);
  expect(isSignedDetached(`${signature}foo`, CONTENT, TOKEN)).toBe(false);
  expect(isSignedDetached('', CONTENT, TOKEN)).toBe(false);
  expect(isSignedDetached(signature, `${CONTENT} `, TOKEN)).toBe(false);
  expect(isSignedDetached(signature, CONTENT, { ...TOKEN, secret: 'mine' })).toBe(false);
  expect(isSignedDetached(signature, CONTENT, { ...TOKEN, id: 'other' })).toBe(false);
});
