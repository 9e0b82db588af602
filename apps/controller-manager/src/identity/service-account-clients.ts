import { type CredentialSource, KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { ServiceAccountCredentials } from './service-account-credentials.ts';

const NAMESPACE = 'kube-system';

export interface ServiceAccountClientsOptions {
  /** Makes the accounts and asks for their tokens. */
  readonly client: KubeClient;
  readonly credentials: CredentialSource;
  readonly tlsServerName: string | undefined;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Clients that act as service accounts in kube-system, one an account. */
export class ServiceAccountClients implements AsyncDisposable {
  readonly #clients = new Map<string, KubeClient>();

  constructor(private readonly options: ServiceAccountClientsOptions) {}

  get(name: string): KubeClient {
    const known = this.#clients.get(name);
    if (known) return known;
    const {
      client: base,
      credentials: baseCredentials,
      tlsServerName,
      userAgent,
      clock,
      logger,
    } = this.options;
    const credentials = new ServiceAccountCredentials({
      base,
      baseCredentials,
      namespace: NAMESPACE,
      name,
      clock,
    });
    const options = { userAgent: `${userAgent}/${name}`, clock, logger };
    const client = new KubeClient({ server: base.server, tlsServerName, credentials }, options);
    this.#clients.set(name, client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) await client[Symbol.asyncDispose]();
  }
}
