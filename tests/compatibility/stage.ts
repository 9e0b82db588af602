import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { Cluster } from '../cluster/cluster.ts';
import { authorityOf, issue, type KeyMaterial } from '../cluster/identities.ts';
import { type KubectlSettings, runKubectl, startKubectl } from '../cluster/kubectl.ts';
import { KubectlTerminal } from '../cluster/kubectl-terminal.ts';
import type { KubectlVersion } from '../cluster/required-tools.ts';
import type { CommandResult, RunningCommand } from '../cluster/running-command.ts';
import { certificateRequest, writeContext } from './credentials.ts';
import type { Scenario, Text } from './scenario.ts';
import { splitWords } from './split-words.ts';

/** Where one client plays one scenario: a namespace, a directory, a name. */
export class Stage {
  readonly directory: string;
  readonly #kubeconfig: string;
  #keyMaterial: KeyMaterial | undefined;

  constructor(
    readonly cluster: Cluster,
    readonly version: KubectlVersion,
    readonly namespace: string,
  ) {
    this.directory = join(cluster.place.home, 'stages', namespace);
    mkdirSync(this.directory, { recursive: true });
    this.#kubeconfig = join(this.directory, 'kubeconfig');
    writeContext(cluster.layout.adminKubeconfig, this.#kubeconfig, namespace);
  }

  /** Puts this stage's own names into a text of the table. */
  fill(text: string): string {
    return text
      .replaceAll('{ns}', this.namespace)
      .replaceAll('{id}', this.namespace)
      .replaceAll('{dir}', this.directory)
      .replaceAll('{certificate}', () => this.#certificate.cert)
      .replaceAll('{key}', () => this.#certificate.key)
      .replaceAll('{csr}', () => certificateRequest(this.namespace));
  }

  /** Whether a command said what it is to say. */
  matches(expected: Text, actual: string): boolean {
    if (typeof expected === 'string') return actual === this.fill(expected);
    return new RegExp(this.fill(expected.source), expected.flags).test(actual);
  }

  write(files: NonNullable<Scenario['files']>): void {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, this.fill(asText(content)));
    }
  }

  kubectl(line: string, stdin: string | object = '', editor?: string): Promise<CommandResult> {
    return runKubectl(this.#settings(editor), this.#args(line), this.fill(asText(stdin)));
  }

  startKubectl(line: string): RunningCommand {
    return startKubectl(this.#settings(), this.#args(line));
  }

  /** Starts a kubectl on a terminal. */
  startOnTerminal(line: string): KubectlTerminal {
    return new KubectlTerminal(this.#settings(), this.#args(line));
  }

  get #certificate(): KeyMaterial {
    this.#keyMaterial ??= issue(authorityOf(this.cluster.layout.pki.ca), { commonName: 'example.org' });
    return this.#keyMaterial;
  }

  #args(line: string): string[] {
    return splitWords(line).map((word) => this.fill(word));
  }

  #settings(editor?: string): KubectlSettings {
    const { cluster, version, directory } = this;
    return {
      version,
      kubeconfig: this.#kubeconfig,
      home: join(cluster.place.home, version),
      cwd: directory,
      // `edit` leaves a copy of what was refused.
      env: { TMPDIR: directory, ...(editor === undefined ? {} : { KUBE_EDITOR: this.#editor(editor) }) },
    };
  }

  #editor(script: string): string {
    const path = join(this.directory, 'editor.sh');
    writeFileSync(path, `#!/bin/sh\n${this.fill(script)}\n`);
    chmodSync(path, 0o755);
    return path;
  }
}

function asText(content: string | object | readonly object[]): string {
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map(yaml).join('---\n') : yaml(content);
}

/** Without anchors: kubectl's reader is told everything where it stands. */
function yaml(object: object): string {
  return stringify(object, { aliasDuplicateObjects: false });
}
