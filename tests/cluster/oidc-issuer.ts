import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import { type JWTPayload, SignJWT } from 'jose';

interface IssuerKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/**
 * An OpenID Connect issuer on loopback: HTTPS under a CA of its own, discovery, keys that rotate, and ID tokens that
 * jose signs, which the hub does not verify with.
 */
export class OidcIssuer implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'hawser-test-oidc-'));
  readonly caFile = join(this.directory, 'ca.crt');
  readonly ca: string;
  /** Every path that was asked for. */
  readonly asked: string[] = [];
  #keys: IssuerKey[] = [];
  #server: Server | undefined;
  #port = 0;
  readonly #material: { key: string; cert: string };

  private constructor() {
    const notBefore = new Date(Date.now() - 60_000);
    const notAfter = new Date(Date.now() + 3_600_000);
    const authority = createCertificateAuthority({
      subject: { commonName: 'issuer-ca' },
      notBefore,
      notAfter,
    });
    const keyPair = generateKeyPair();
    this.ca = authority.certificatePem;
    writeFileSync(this.caFile, this.ca);
    const cert = signCertificate({
      ca: authority,
      subject: { commonName: 'issuer' },
      publicKey: keyPair.publicKey,
      notBefore,
      notAfter,
      usages: ['digital signature', 'server auth'],
      sans: { ipAddresses: ['127.0.0.1'] },
    });
    this.#material = { key: encodePrivateKey(keyPair), cert };
    this.rotate('RS256');
  }

  static async start(): Promise<OidcIssuer> {
    const issuer = new OidcIssuer();
    await issuer.listen();
    return issuer;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Answers again, at the same place. */
  async listen(): Promise<void> {
    this.#server = createServer(this.#material, (request, response) => {
      this.asked.push(request.url ?? '');
      const body = this.#answer(request.url ?? '');
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body ?? {}));
    });
    await new Promise<void>((resolve) => this.#server!.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Answers nobody any more. */
  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** Signs with a new key from now on; the others are withdrawn. */
  rotate(alg: IssuerKey['alg']): void {
    const pair =
      alg === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#keys = [{ kid: randomUUID(), alg, ...pair }];
  }

  /** An ID token for `kubernetes`, good for ten minutes unless the claims say otherwise. */
  token(claims: JWTPayload, header: object = {}): Promise<string> {
    const { alg, kid, privateKey } = this.#keys[0]!;
    const payload = { iss: this.url, aud: 'kubernetes', exp: Math.floor(Date.now() / 1000) + 600, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
  }

  [Symbol.dispose](): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
    rmSync(this.directory, { recursive: true });
  }

  #answer(path: string): object | undefined {
    if (path === '/.well-known/openid-configuration')
      return { issuer: this.url, jwks_uri: `${this.url}/keys` };
    if (path !== '/keys') return undefined;
    return {
      keys: this.#keys.map(({ kid, alg, publicKey }) => ({
        ...publicKey.export({ format: 'jwk' }),
        kid,
        alg,
        use: 'sig',
      })),
    };
  }
}
