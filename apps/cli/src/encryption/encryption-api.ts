import type { KubeClient } from '@hawser/client';

/** What the hub tells of how resources are stored. */
export interface EncryptionReport {
  readonly automaticReload: boolean;
  readonly resources: readonly {
    readonly resource: string;
    readonly writesWith: string;
    readonly stored: readonly {
      readonly sealedWith: string;
      readonly objects: number;
      readonly stale: boolean;
      readonly lost: boolean;
    }[];
    readonly unreadable: readonly { readonly key: string; readonly why: string }[];
  }[];
  readonly rewriting?: {
    readonly running: boolean;
    readonly startedAt: string;
    readonly finishedAt?: string;
    readonly rewritten: number;
    readonly erased: boolean;
    readonly error?: string;
  };
}

const PATH = '/hawser/encryption';

/** @throws StatusError where the hub refuses. */
export async function readEncryption(client: KubeClient, signal: AbortSignal): Promise<EncryptionReport> {
  const { text } = await client.raw('GET', PATH, undefined, { signal });
  return JSON.parse(text) as EncryptionReport;
}

/** Has the hub begin to write anew what is stale; it goes on by itself. @throws StatusError where it refuses. */
export async function startRewriting(client: KubeClient, signal: AbortSignal): Promise<EncryptionReport> {
  const { text } = await client.raw('POST', PATH, undefined, { signal });
  return JSON.parse(text) as EncryptionReport;
}
