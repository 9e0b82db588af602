import type { KubectlVersion } from '../cluster/required-tools.ts';
import type { RunningCommand } from '../cluster/running-command.ts';
import type { Stage } from './stage.ts';

/**
 * In every text of a scenario (commands, files, expectations) `{ns}` stands for the namespace of its own that each
 * run is given (it is the kubeconfig's), `{id}` for a name that no other run has, `{dir}` for the directory it runs in,
 * `{certificate}` and `{key}` for a pair of PEM texts, and `{csr}` for a request for a certificate.
 */
export interface Scenario {
  /** What people type, as short as it can be said. */
  readonly name: string;
  /** Files in the directory that the commands run in: a text, an object, or several objects, written as YAML. */
  readonly files?: Readonly<Record<string, string | object | readonly object[]>>;
  /** Made over the API before the first step, in the run's namespace unless they are of the cluster. */
  readonly given?: readonly object[];
  readonly steps: readonly Step[];
  /** Commands run at the end whatever happened, for what all clients share. */
  readonly finally?: readonly string[];
  /** Clients that cannot do it, and where their own help shows so. */
  readonly lacks?: ByVersion<Lack>;
  /** Why Hawser (as upstream 1.36 would, or because a thing is not there yet) refuses; the steps assert the refusal. */
  readonly refused?: string | ByVersion<string>;
  /** Only one client at a time: it acts on what all share, such as the node. */
  readonly alone?: boolean;
}

export type ByVersion<T> = Readonly<Partial<Record<KubectlVersion, T>>>;

/** `kubectl VERB --help` of that client does not say `absent`. */
export interface Lack {
  readonly help: string;
  readonly absent: string;
}

/** A string is the whole text, a RegExp a part of it. */
export type Text = string | RegExp;

/** One thing done or looked at, one after another. A client's own words go into `by`. */
export interface Step extends Act {
  readonly by?: ByVersion<Act>;
}

export interface Act {
  /** Arguments as a shell would take them. */
  readonly run?: string;
  readonly stdin?: string | object;
  /** The script that `kubectl edit` starts, given the file as `$1`. */
  readonly editor?: string;
  /** Default 0. */
  readonly exitCode?: number;
  readonly stdout?: Text;
  /** Default nothing at all when the exit code is 0. */
  readonly stderr?: Text;
  /** Starts a kubectl that goes on beside the next steps, such as `get -w`. */
  readonly start?: string;
  /** What the started kubectl is to have said, in time. */
  readonly heard?: Text;
  /** The started kubectl is to end by itself, with this exit code. */
  readonly ends?: number;
  /** What a GET says over the Unix socket that a started `kubectl proxy` listens on. */
  readonly fetched?: { readonly socket: string; readonly path: string; readonly says: Text };
  /** What no line of text shows. @param started the kubectl that was started last. @throws Error saying what is wrong. */
  readonly does?: (stage: Stage, started?: RunningCommand) => Promise<void>;
  /** What the API answers afterwards: for a path, what the object has, or 404. */
  readonly state?: Readonly<Record<string, object | 404>>;
  /** The step is tried until it holds: another service has to act first. */
  readonly eventually?: boolean;
}

/** The scenarios of one verb, or of a few that belong together. */
export interface ScenarioGroup {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}
