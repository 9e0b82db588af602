import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  encodePrivateKey,
  generateKeyPair,
  signCertificate,
} from '@hawser/pki';
import { jetstreamManager } from '@nats-io/jetstream';
import type { Subprocess } from 'bun';
import { AUDIT, EVENTS, ensureStream } from './event-stream.ts';
import { natsConfiguration } from './nats-configuration.ts';
import { connectNats, type NatsOptions } from './nats-connection.ts';

export { MemoryOutbox } from './memory-outbox.testing.ts';

const period = () => ({
  notBefore: new Date(Date.now() - 60_000),
  notAfter: new Date(Date.now() + 3_600_000),
});

/** An authority for one test. */
export function createTestAuthority(commonName = 'nats-test-ca'): CertificateAuthority {
  return createCertificateAuthority({ subject: { commonName }, ...period() });
}

/** nats-server from PATH, from where Debian puts it, or from what set-up has unpacked into `.tools/`. */
export function findNatsServer(): string {
  const candidates = ['/usr/sbin/nats-server', join(import.meta.dir, '../../../.tools/bin/nats-server')];
  const found = Bun.which('nats-server') ?? candidates.find((path) => existsSync(path));
  if (!found) throw new Error('no nats-server: run `node scripts/setup.mjs tools`');
  return found;
}

/** Makes the streams, as the hub does. @param nats of the user `apiserver`. */
export async function makeStreams(nats: NatsOptions): Promise<void> {
  const connection = await connectNats(nats);
  try {
    for (const stream of [AUDIT, EVENTS]) await ensureStream(await jetstreamManager(connection), stream);
  } finally {
    await connection.close();
  }
}

/**
 * A real nats-server with Hawser's configuration, on a free port, with certificates and a store of its own; both
 * survive `kill` and `start`. Dispose to end it and to remove its files.
 */
export class NatsServer implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'hawser-nats-'));
  readonly authority: CertificateAuthority;
  #process: Subprocess | undefined;
  #port = -1;

  constructor(
    authority = createTestAuthority(),
    /** Whose kubelets it knows. */
    readonly nodes: readonly string[] = [],
  ) {
    this.authority = authority;
    this.#writeFiles('server', authority, 'nats-server', ['127.0.0.1']);
    writeFileSync(join(this.directory, 'client-ca.crt'), authority.certificatePem);
  }

  /** Starts it, on the port that it had before if it had one, and waits until it listens. */
  async start(): Promise<this> {
    const ports = join(this.directory, 'ports');
    rmSync(ports, { recursive: true, force: true });
    mkdirSync(ports);
    const config = natsConfiguration({
      port: this.#port,
      storeDirectory: join(this.directory, 'store'),
      certificateFile: join(this.directory, 'server.crt'),
      keyFile: join(this.directory, 'server.key'),
      clientCaFile: join(this.directory, 'client-ca.crt'),
      nodes: this.nodes,
    });
    writeFileSync(join(this.directory, 'nats.conf'), `${config}\nports_file_dir: ${JSON.stringify(ports)}\n`);
    this.#process = Bun.spawn([findNatsServer(), '-c', join(this.directory, 'nats.conf')], {
      stdout: 'ignore',
      stderr: Bun.file(join(this.directory, 'nats.log')),
    });
    this.#port = await this.#readPort(join(ports, `nats-server_${this.#process.pid}.ports`));
    return this;
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#process?.exited;
  }

  /** Serves from now on with a certificate of another authority, and asks clients for one of these authorities. */
  async replaceCertificates(
    signer: CertificateAuthority,
    clientCas: readonly CertificateAuthority[],
  ): Promise<void> {
    this.#writeFiles('server', signer, 'nats-server', ['127.0.0.1']);
    const bundle = clientCas.map(({ certificatePem }) => certificatePem).join('');
    writeFileSync(join(this.directory, 'client-ca.crt'), bundle);
    const reloads = () => this.log().split('Reloaded server configuration').length;
    const before = reloads();
    this.#process?.kill('SIGHUP');
    while (reloads() === before) await Bun.sleep(10);
  }

  /** Issues a client another certificate, and tells it whom to trust. */
  renew(client: NatsOptions, signer: CertificateAuthority, trusts: readonly CertificateAuthority[]): void {
    const path = client.certificateFile.slice(0, -'.crt'.length);
    this.#writeFiles(basename(path), signer, client.clientName);
    writeFileSync(client.caFile, trusts.map(({ certificatePem }) => certificatePem).join(''));
  }

  /** Loses its disk; to be called while it does not run. */
  wipeStore(): void {
    rmSync(join(this.directory, 'store'), { recursive: true, force: true });
  }

  /** What a client needs whose certificate has this common name. Other authorities are for tests of refusal. */
  clientOptions(
    commonName: string,
    {
      trusts = this.authority,
      signedBy = this.authority,
    }: { trusts?: CertificateAuthority; signedBy?: CertificateAuthority } = {},
  ): NatsOptions {
    const name = `client-${commonName}-${crypto.randomUUID()}`;
    this.#writeFiles(name, signedBy, commonName);
    const caFile = join(this.directory, `${name}-ca.crt`);
    writeFileSync(caFile, trusts.certificatePem);
    return {
      servers: [`tls://127.0.0.1:${this.#port}`],
      caFile,
      certificateFile: join(this.directory, `${name}.crt`),
      keyFile: join(this.directory, `${name}.key`),
      clientName: commonName,
    };
  }

  /** What it has logged. */
  log(): string {
    return readFileSync(join(this.directory, 'nats.log'), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #writeFiles(name: string, ca: CertificateAuthority, commonName: string, ipAddresses: string[] = []): void {
    const keyPair = generateKeyPair();
    const usages = ['digital signature', ipAddresses.length > 0 ? 'server auth' : 'client auth'];
    const pem = signCertificate({
      ca,
      publicKey: keyPair.publicKey,
      subject: { commonName },
      sans: { ipAddresses },
      usages,
      ...period(),
    });
    writeFileSync(join(this.directory, `${name}.crt`), pem);
    writeFileSync(join(this.directory, `${name}.key`), encodePrivateKey(keyPair), { mode: 0o600 });
  }

  async #readPort(file: string): Promise<number> {
    while (this.#process?.exitCode === null) {
      const match = existsSync(file) ? /:(\d+)"/.exec(readFileSync(file, 'utf8')) : null;
      if (match) return Number(match[1]);
      await Bun.sleep(5);
    }
    throw new Error(`nats-server ended: ${this.log()}`);
  }
}
