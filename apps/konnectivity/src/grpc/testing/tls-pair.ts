import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';

const life = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
const ca = createCertificateAuthority({ subject: { commonName: 'ca' }, ...life });
const keyPair = generateKeyPair('ecdsa-p256');
const cert = signCertificate({
  ca,
  publicKey: keyPair.publicKey,
  subject: { commonName: 'system:node:node-1', organizations: ['system:nodes'] },
  sans: { ipAddresses: ['127.0.0.1'], dnsNames: ['localhost'] },
  usages: ['digital signature', 'server auth', 'client auth'],
  ...life,
});

/** What both ends of each test's connections show and trust, in PEM. */
export const material = { ca: ca.certificatePem, cert, key: encodePrivateKey(keyPair) };

/** A TLS connection over loopback, both sides verified, `h2` agreed on. */
export async function tlsPair(): Promise<[client: TLSSocket, server: TLSSocket]> {
  const accepted = Promise.withResolvers<TLSSocket>();
  const options = { ...material, requestCert: true, ALPNProtocols: ['h2'] };
  const server = tls.createServer(options, (socket) => accepted.resolve(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const trust = { ...material, host: '127.0.0.1', servername: 'localhost', ALPNProtocols: ['h2'] };
  const client = tls.connect({ ...trust, port }).on('error', () => {});
  const other = await accepted.promise;
  if (!client.authorized) await once(client, 'secureConnect');
  server.close();
  for (const socket of [client, other]) socket.setNoDelay(true);
  return [client, other];
}
