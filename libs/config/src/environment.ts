import { resolve } from 'node:path';

/** What Hawser reads from the environment; everything else is a flag. The one place that reads `process.env`. */
export interface Environment {
  /** `$HAWSER_HOME`, default `.hawser` in the working directory: the state directory. */
  readonly home: string;
  /** `$HAWSER_PORT`, default 6443: the hub's port. With another, all other ports move by the same distance. */
  readonly port: number;
  /** The directories in which executables are looked for. */
  readonly path: string;
  /** `$KUBECONFIG`: the files that kubectl takes credentials from. */
  readonly kubeconfig?: string | undefined;
}

/** @throws Error when HAWSER_PORT is not a port number. */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  const text = env['HAWSER_PORT'] ?? '6443';
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535)
    throw new Error(`HAWSER_PORT is ${JSON.stringify(text)}: expected a port number`);
  const { HAWSER_HOME: home = '.hawser', PATH: path = '', KUBECONFIG: kubeconfig } = env;
  return { home: resolve(home), port, path, kubeconfig };
}
