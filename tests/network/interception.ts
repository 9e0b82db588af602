import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SubjectAlternativeNamesInput } from '@hawser/pki';
import { inNamespace } from '../../scripts/network/namespaces.ts';
import { eventually } from '../cluster/eventually.ts';
import { foreignAuthority, issue } from '../cluster/identities.ts';
import { RunningCommand } from '../cluster/running-command.ts';
import type { TestNetwork } from './test-network.ts';

export interface InterceptionOptions {
  /** The host whose connections are taken. One to 127.0.0.1 is taken on the host itself, all others on the router. */
  readonly from: string;
  /** Whom it means to speak to. */
  readonly address: string;
  readonly port: number;
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
    readonly release: () => void,
  ) {}

  static async begin(network: TestNetwork, options: InterceptionOptions): Promise<Interception> {
    const { from, address } = options;
    const isLocal = address.startsWith('127.');
    const namespace = isLocal ? network.namespaceOf(from) : network.router;
    const listenPort = 20_000 + Math.floor(Math.random() * 10_000);
    const impostor = startImpostor(namespace, listenPort, options);
    await eventually(() => impostor.stdout.includes('listening') || undefined);
    const table = `intercept_${listenPort}`;
    network.filter(
      namespace,
      isLocal ? localRules(table, options, listenPort) : routerRules(table, options, listenPort),
    );
    return new Interception(impostor, () => network.filter(namespace, `delete table ip ${table}\n`));
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
    this.release();
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
  return new RunningCommand(inNamespace(namespace, argv), { PATH: process.env['PATH'] ?? '' });
}

/** New connections come to the impostor instead of being passed on; packets of older ones find no way. */
function routerRules(
  table: string,
  { from, address, port }: InterceptionOptions,
  listenPort: number,
): string {
  return `
table ip ${table} {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    iifname "${from}" ip daddr ${address} tcp dport ${port} redirect to :${listenPort}
  }
  chain forward {
    type filter hook forward priority -10;
    iifname "${from}" ip daddr ${address} tcp dport ${port} reject with tcp reset
    oifname "${from}" ip saddr ${address} tcp sport ${port} reject with tcp reset
  }
}
`;
}

/** The same on the host itself, for what it says to its own loopback address. */
function localRules(table: string, { address, port }: InterceptionOptions, listenPort: number): string {
  return `
table ip ${table} {
  chain output {
    type nat hook output priority -100;
    ip daddr ${address} tcp dport ${port} redirect to :${listenPort}
  }
  chain filter {
    type filter hook output priority 0;
    ip daddr ${address} tcp dport ${port} reject with tcp reset
  }
}
`;
}
