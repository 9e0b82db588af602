import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SubjectAlternativeNamesInput } from '@hawser/pki';
import { inNamespace } from '../../scripts/network/namespaces.ts';
import { eventually } from '../cluster/eventually.ts';
import { foreignAuthority, issue } from '../cluster/identities.ts';
import { RunningCommand } from '../cluster/running-command.ts';
import { dyingWithUs } from '../cluster/service-process.ts';
import { interceptionPoint, type Link, redirect } from './redirect.ts';
import type { TestNetwork } from './test-network.ts';

export interface InterceptionOptions extends Link {
  /** What the real server says before TLS begins, if it does. */
  readonly greeting?: string;
  /** The real server's names, which the impostor's certificate has too. */
  readonly sans: SubjectAlternativeNamesInput;
  readonly commonName: string;
  /** For key and certificate. */
  readonly directory: string;
}

/**
 * A man in the middle of one link: whoever opens a connection to the address reaches an impostor, whose certificate
 * has the right names and comes from another CA, of the same name. Connections from before are reset. Disposing
 * gives the link back.
 */
export class Interception implements AsyncDisposable {
  private constructor(
    readonly impostor: RunningCommand,
    readonly redirection: Disposable,
  ) {}

  static async begin(network: TestNetwork, options: InterceptionOptions): Promise<Interception> {
    const namespace = interceptionPoint(network, options);
    const listenPort = 20_000 + Math.floor(Math.random() * 10_000);
    const impostor = startImpostor(namespace, listenPort, options);
    await eventually(() => impostor.stdout.includes('listening') || undefined);
    return new Interception(impostor, redirect(network, options, listenPort));
  }

  /** How many connections were taken. */
  get connections(): number {
    return this.#said('connection').length;
  }

  /** What was said to the impostor by those who took it for the real one. */
  get heard(): string {
    return this.#said('heard').join('');
  }

  #said(what: string): string[] {
    const lines = this.impostor.lines.map((line) => JSON.parse(line) as Record<string, string>);
    return lines.map((line) => line[what]).filter((text) => text !== undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redirection[Symbol.dispose]();
    await this.impostor[Symbol.asyncDispose]();
  }
}

function startImpostor(namespace: string, port: number, options: InterceptionOptions): RunningCommand {
  const { directory, commonName, sans, greeting } = options;
  const [certFile, keyFile] = [
    join(directory, `impostor-${port}.crt`),
    join(directory, `impostor-${port}.key`),
  ];
  const { cert, key } = issue(foreignAuthority(), { commonName, sans });
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
  const script = join(import.meta.dir, 'interceptor.ts');
  const argv = [
    process.execPath,
    script,
    `${port}`,
    certFile,
    keyFile,
    ...(greeting === undefined ? [] : [greeting]),
  ];
  return new RunningCommand(dyingWithUs(inNamespace(namespace, argv)), { PATH: process.env['PATH'] ?? '' });
}
