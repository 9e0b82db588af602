import { createSecureContext } from 'node:tls';
import { type Logger, silentLogger } from '@hawser/observability';
import { type Clock, systemClock } from '@hawser/runtime';
import { ReloadingFiles, type ReloadMetrics, readCaBundle, readKeyPair } from '@hawser/tls-files';
import { KubeconfigError, type KubeconfigTarget, type Material } from './kubeconfig.ts';

/** What a connection is made with. A new object whenever any of it has changed. */
export interface TlsIdentity {
  /** PEM certificates that the server's must chain to. */
  readonly ca?: string;
  /** Verification was explicitly given up, by the kubeconfig and by the caller. */
  readonly insecure?: true;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Where a client's credentials come from. Asked before every request, so that rotation needs no restart: new
 * connections are made with what is current, those under way end as they began.
 */
export interface CredentialSource {
  tls(): TlsIdentity;
  /** The bearer token for the next request, if the identity is a token. */
  token?(signal: AbortSignal): Promise<string | undefined> | string | undefined;
  /** Forget what is cached: the server answered 401, or the caller knows of a change. */
  reload?(): void;
}

/** Credentials that never change. */
export function staticCredentials(identity: TlsIdentity, token?: string): CredentialSource {
  return { tls: () => identity, token: () => token };
}

/** The materials of a `FileCredentials`. */
export interface CredentialMaterials {
  /** Undefined gives up verification. */
  readonly ca: Material | undefined;
  readonly cert?: Material;
  readonly key?: Material;
  readonly token?: Material;
}

/** Who is told of files that changed. */
export interface CredentialSurroundings {
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly reloads?: ReloadMetrics;
}

/**
 * Credentials from files (or in place), which others replace while the client works. A pair that does not fit
 * together, as between the writing of a certificate and of its key, is not taken: the old one stays.
 */
export class FileCredentials implements CredentialSource {
  readonly #identity: ReloadingFiles<TlsIdentity>;
  readonly #token: ReloadingFiles<string | undefined>;

  /** @throws Error when a file cannot be read or the certificate and key do not fit. */
  constructor(
    readonly materials: CredentialMaterials,
    { clock = systemClock, logger = silentLogger, reloads }: CredentialSurroundings = {},
  ) {
    const surroundings = { clock, logger, ...(reloads && { metrics: reloads }) };
    const { ca, cert, key, token } = materials;
    this.#identity = reloading('client', [ca, cert, key], surroundings, identityOf);
    this.#token = reloading('client-token', [token], surroundings, ([text]) => text?.trim());
  }

  tls(): TlsIdentity {
    return this.#identity.current;
  }

  token(): string | undefined {
    return this.#token.current;
  }

  reload(): void {
    this.#identity.look();
    this.#token.look();
  }
}

/** Those that are files are read again, and handed on in their places. */
function reloading<T>(
  name: string,
  materials: readonly (Material | undefined)[],
  surroundings: { clock: Clock; logger: Logger; metrics?: ReloadMetrics },
  parse: (texts: (string | undefined)[]) => T,
): ReloadingFiles<T> {
  const paths = materials.flatMap((material) => (material && 'file' in material ? [material.file] : []));
  const inPlaces = (...contents: string[]) =>
    parse(
      materials.map((material) => {
        if (material === undefined) return undefined;
        return 'data' in material ? material.data : contents.shift();
      }),
    );
  return new ReloadingFiles({ ...surroundings, name, paths, parse: inPlaces });
}

function identityOf([ca, cert, key]: readonly (string | undefined)[]): TlsIdentity {
  const identity = {
    ...(ca === undefined ? { insecure: true as const } : { ca: readCaBundle(ca) }),
    ...(cert === undefined || key === undefined ? { cert, key } : readKeyPair(cert, key)),
  };
  createSecureContext(identity);
  return identity;
}

/** How far a kubeconfig may weaken the client. */
export interface TrustOptions {
  /** Accept `insecure-skip-tls-verify: true`; without it such a kubeconfig is refused. */
  readonly allowInsecure?: boolean;
}

/**
 * The credentials that a kubeconfig's context names.
 * @throws KubeconfigError when there is no certificate authority, when verification is switched off without leave,
 *   or when it authenticates by a means that Hawser does not have (exec plugin, auth provider, password).
 */
export function credentialsOf(
  target: KubeconfigTarget,
  options: TrustOptions & CredentialSurroundings = {},
): CredentialSource {
  const { cluster, user } = target;
  if (user.exec || user['auth-provider'] || user.username)
    throw new KubeconfigError(
      'exec plugins, auth providers and passwords are not supported: use a certificate or a token',
    );
  const ca = materialOf(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const insecure = cluster['insecure-skip-tls-verify'] === true;
  if (insecure && !options.allowInsecure)
    throw new KubeconfigError('the kubeconfig skips TLS verification (insecure-skip-tls-verify): refused');
  if (!ca && !insecure) throw new KubeconfigError('the kubeconfig has no certificate-authority: refused');
  return new FileCredentials(
    {
      ca: insecure ? undefined : ca,
      cert: materialOf(user['client-certificate-data'], user['client-certificate']),
      key: materialOf(user['client-key-data'], user['client-key']),
      token: user.tokenFile ? { file: user.tokenFile } : user.token ? { data: user.token } : undefined,
    },
    options,
  );
}

/** Embedded data wins over a file, as in client-go. */
function materialOf(base64: string | undefined, file: string | undefined): Material | undefined {
  if (base64) return { data: Buffer.from(base64, 'base64').toString('utf8') };
  return file ? { file } : undefined;
}
