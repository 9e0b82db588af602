import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type Clock, systemClock } from '@hawser/runtime';
import type { KubeconfigTarget, Material } from './kubeconfig.ts';
import { KubeconfigError } from './kubeconfig.ts';

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

/** How stale a file's content may be, as client-go's cached token source and certificate reloader. */
const REREAD_AFTER_MS = 1_000;

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

/**
 * Credentials from files (or in place), read again when a second has passed since they were looked at. A pair that
 * does not fit together, as between the writing of a certificate and of its key, is not taken: the old one stays.
 */
export class FileCredentials implements CredentialSource {
  #identity: TlsIdentity;
  #token: string | undefined;
  #readAtMs: number;

  /** @throws Error when a file cannot be read or the certificate and key do not fit. */
  constructor(
    readonly materials: CredentialMaterials,
    private readonly clock: Clock = systemClock,
  ) {
    this.#identity = this.#readIdentity();
    this.#token = readMaterial(materials.token)?.trim();
    this.#readAtMs = clock.now().getTime();
  }

  tls(): TlsIdentity {
    this.#refresh();
    return this.#identity;
  }

  token(): string | undefined {
    this.#refresh();
    return this.#token;
  }

  reload(): void {
    this.#readAtMs = Number.NEGATIVE_INFINITY;
  }

  #refresh(): void {
    const nowMs = this.clock.now().getTime();
    if (Math.abs(nowMs - this.#readAtMs) < REREAD_AFTER_MS) return;
    this.#readAtMs = nowMs;
    try {
      const identity = this.#readIdentity();
      if (!sameIdentity(identity, this.#identity)) this.#identity = identity;
      this.#token = readMaterial(this.materials.token)?.trim();
    } catch {
      // A file that is being replaced, or a half-written pair: what worked so far goes on working.
    }
  }

  #readIdentity(): TlsIdentity {
    const { ca, cert, key } = this.materials;
    const identity = {
      ...(ca ? { ca: readMaterial(ca) } : { insecure: true as const }),
      cert: readMaterial(cert),
      key: readMaterial(key),
    };
    createSecureContext(identity);
    return identity;
  }
}

function sameIdentity(a: TlsIdentity, b: TlsIdentity): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}

function readMaterial(material: Material | undefined): string | undefined {
  if (material === undefined) return undefined;
  return 'data' in material ? material.data : readFileSync(material.file, 'utf8');
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
  options: TrustOptions = {},
  clock: Clock = systemClock,
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
    clock,
  );
}

/** Embedded data wins over a file, as in client-go. */
function materialOf(base64: string | undefined, file: string | undefined): Material | undefined {
  if (base64) return { data: Buffer.from(base64, 'base64').toString('utf8') };
  return file ? { file } : undefined;
}
