import { readFileSync } from 'node:fs';
import { readCaBundle, readKeyPair } from '@hawser/tls-files';
import { connect, type NatsConnection } from '@nats-io/transport-node';

/** Where nats-server is, and the files that prove each side to the other. */
export interface NatsOptions {
  /** `tls://host:port`; several for a cluster. */
  readonly servers: readonly string[];
  /** The authority of the server's certificate. */
  readonly caFile: string;
  /** The client's own certificate and key; looked at again for every connection, so that they may be renewed. */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Shown in the server's lists; also names the inbox that only this client may read. */
  readonly clientName: string;
}

/** What the files say. */
export interface NatsMaterial {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The files by which a client and the server prove themselves, in the order that `readNatsMaterial` takes. */
export function natsPaths({ caFile, certificateFile, keyFile }: NatsOptions): string[] {
  return [caFile, certificateFile, keyFile];
}

/** @throws Error where certificate and key do not belong together, or a file is not whole. */
export function readNatsMaterial(ca = '', cert = '', key = ''): NatsMaterial {
  return { ca: readCaBundle(ca), ...readKeyPair(cert, key) };
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Two unanswered pings and the connection counts as lost. */
const PING_INTERVAL_MS = 10_000;

/**
 * One connection over mTLS that ends when it breaks: who needs it again connects again, and thereby knows that
 * the server may have lost what it had not synced. A server without TLS, with a certificate of another authority
 * or for another name is refused before anything is sent. Rejects with the transport's error (a refused client
 * certificate shows as a closed connection or, under Bun, as `EBADF`).
 * @param material what the files say; they are read if absent.
 */
export async function connectNats(options: NatsOptions, material?: NatsMaterial): Promise<NatsConnection> {
  const { ca, cert, key } = material ?? readNatsMaterial(...natsPaths(options).map(readText));
  return await connect({
    servers: [...options.servers],
    name: options.clientName,
    inboxPrefix: inboxPrefixOf(options.clientName),
    reconnect: false,
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    tls: { ca, cert, key },
  });
}

const readText = (path: string) => readFileSync(path, 'utf8');

/**
 * Answers to one client's requests must not be readable by another: each has an inbox of its own. A dot in a node's
 * name must not begin another part of the subject, or `a` could read what is for `a.b`.
 */
export function inboxPrefixOf(clientName: string): string {
  return `_INBOX_${clientName.replaceAll('.', '_')}`;
}
