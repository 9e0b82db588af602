import { afterEach, describe, expect, test } from 'bun:test';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { signDetached } from '@hawser/authn';
import { formatClusterInfo } from '@hawser/client';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  encodePrivateKey,
  generateKeyPair,
  signCertificate,
  spkiHash,
} from '@hawser/pki';
import { systemClock } from '@hawser/runtime';
import { discoverCluster } from './discover-cluster.ts';

const token = { id: 'abcdef', secret: '0123456789abcdef' };
const SERVER = 'https://hub.example:6443';
const life = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
const authority = () => createCertificateAuthority({ subject: { commonName: 'kubernetes' }, ...life });
const [ours, theirs] = [authority(), authority()];

/** The data of a cluster-info that names these CAs and that who knows the secret has signed. */
function infoOf(authorities: readonly CertificateAuthority[], secret = token.secret): Record<string, string> {
  const certificateAuthority = authorities.map(({ certificatePem }) => certificatePem).join('');
  const kubeconfig = formatClusterInfo({ server: SERVER, certificateAuthority });
  return { kubeconfig, [`jws-kubeconfig-${token.id}`]: signDetached(kubeconfig, { ...token, secret }) };
}

let server: Server | undefined;
afterEach(() => server?.close());

/** Answers with one after the other, the last again and again; its certificate is by `ca`. */
async function serve(
  ca: CertificateAuthority,
  ...answers: readonly (Record<string, string> | number | string)[]
): Promise<string> {
  const keyPair = generateKeyPair('ecdsa-p256');
  const cert = signCertificate({
    ca,
    publicKey: keyPair.publicKey,
    subject: { commonName: 'kube-apiserver' },
    sans: { ipAddresses: ['127.0.0.1'] },
    usages: ['digital signature', 'server auth'],
    ...life,
  });
  let asked = 0;
  server = createServer({ cert, key: encodePrivateKey(keyPair) }, ({ url, headers }, response) => {
    expect(url).toBe('/api/v1/namespaces/kube-public/configmaps/cluster-info');
    expect(headers.authorization).toBeUndefined();
    const answer = answers[Math.min(asked++, answers.length - 1)]!;
    const code = typeof answer === 'number' ? answer : 200;
    response.writeHead(code, { 'content-type': 'application/json' });
    if (typeof answer === 'string') return void response.end(answer);
    response.end(JSON.stringify(typeof answer === 'number' ? {} : { data: answer }));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const discover = (endpoint: string, pins: readonly string[] | undefined, timeoutMs = 600) =>
  discoverCluster(
    { endpoint, pins, token, timeoutMs, clock: systemClock, report: () => {} },
    new AbortController().signal,
  );
const pin = spkiHash(ours.certificatePem);

test('the cluster is believed whose CA is pinned, who knows the token, and whose server the CA vouches for', async () => {
  const endpoint = await serve(ours, infoOf([ours]));
  expect(await discover(endpoint, [spkiHash(theirs.certificatePem), pin])).toEqual({
    server: SERVER,
    certificateAuthority: ours.certificatePem,
  });
});

test('while the CA is being replaced, both are learnt by the pin of one', async () => {
  const { certificateAuthority } = await discover(await serve(ours, infoOf([theirs, ours])), [pin]);
  expect(certificateAuthority).toBe(theirs.certificatePem + ours.certificatePem);
});

test('a token that has not signed yet, and a hub that is not ready, are waited for', async () => {
  const signed = infoOf([ours]);
  const { kubeconfig } = signed;
  const endpoint = await serve(ours, 503, 404, { kubeconfig: kubeconfig! }, signed);
  await discover(endpoint, [pin], 10_000);
});

test('without a pin the token alone is believed', async () => {
  const endpoint = await serve(theirs, infoOf([ours]));
  expect((await discover(endpoint, undefined)).certificateAuthority).toBe(ours.certificatePem);
});

describe('is refused:', () => {
  const faults: {
    name: string;
    says: string;
    ca?: CertificateAuthority;
    answers: Record<string, string>[];
  }[] = [
    { name: 'another cluster', says: 'unknown CA', ca: theirs, answers: [infoOf([theirs])] },
    {
      name: 'who repeats what the cluster has signed, and is not the cluster',
      says: 'is not trusted',
      ca: theirs,
      answers: [infoOf([ours])],
    },
    {
      name: 'who knows the token, and adds a CA of their own to the pinned one',
      says: 'is not trusted',
      ca: theirs,
      answers: [infoOf([ours, theirs])],
    },
    {
      name: 'who does not know the token',
      says: 'not signed with this token',
      answers: [infoOf([ours], 'x')],
    },
    { name: 'who does not have the token', says: 'unknown to this cluster', answers: [{ kubeconfig: 'x' }] },
    {
      name: 'who says something else the second time',
      says: 'was another',
      answers: [infoOf([ours]), infoOf([ours, theirs])],
    },
    { name: 'a hub that is not set up for it', says: 'no kubeconfig', answers: [{}] },
  ];
  for (const { name, says, ca = ours, answers } of faults)
    test(name, async () => {
      await expect(discover(await serve(ca, ...answers), [pin])).rejects.toThrow(says);
    });

  test('a hub where strangers may not look', async () => {
    await expect(discover(await serve(ours, 403), [pin])).rejects.toThrow('does not let joining nodes');
  });

  const strange = [
    { name: 'what is no hub', answer: '<html>', says: 'is no hub' },
    { name: 'nothing', answer: 'null', says: 'no kubeconfig' },
    {
      name: 'what is no text',
      answer: '{"data":{"kubeconfig":["a"],"jws-kubeconfig-abcdef":7}}',
      says: 'no kubeconfig',
    },
    {
      name: 'an answer that does not end in time',
      answer: `{"data":{"kubeconfig":"${'x'.repeat(5_000_000)}"}}`,
      says: 'more than 2097152 bytes',
    },
  ];
  for (const { name, answer, says } of strange)
    test(name, async () => {
      await expect(discover(await serve(ours, answer), [pin])).rejects.toThrow(says);
    });

  test('a hub that never answers', async () => {
    const silent = createTcpServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const endpoint = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await expect(discover(endpoint, [pin], 200)).rejects.toThrow('no answer within 200 ms');
    silent.close();
  });

  test('nobody at all', async () => {
    const endpoint = await serve(ours, {});
    await new Promise((resolve) => server!.close(resolve));
    await expect(discover(endpoint, [pin], 100)).rejects.toThrow('could not be asked');
  });

  test('a kubeconfig of several clusters, though it is signed', async () => {
    const kubeconfig =
      'kind: Config\nclusters: [{cluster: {server: "https://a"}}, {cluster: {server: "https://b"}}]';
    const data = { kubeconfig, 'jws-kubeconfig-abcdef': signDetached(kubeconfig, token) };
    await expect(discover(await serve(ours, data), [pin])).rejects.toThrow('it has 2');
  });
});
