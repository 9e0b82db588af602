import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { parseCertificate } from '@hawser/pki';
import type { Clock } from '@hawser/runtime';
import type { CredentialSource } from './credentials.ts';

const KEEP_MS = 60_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Finds out under which addresses and names the API server goes: what its certificate says, beside the host that the
 * kubeconfig names. They are no node's: neither to be certified for nor to be reached at.
 */
export class HubAddresses {
  #known: { readonly addresses: readonly string[]; readonly atMs: number } | undefined;

  constructor(private readonly options: { server: string; credentials: CredentialSource; clock: Clock }) {}

  /** @throws when the API server cannot be reached or is not trusted. */
  async current(signal: AbortSignal): Promise<readonly string[]> {
    const nowMs = this.options.clock.now().getTime();
    if (this.#known && nowMs - this.#known.atMs < KEEP_MS) return this.#known.addresses;
    const addresses = await this.#ask(signal);
    this.#known = { addresses, atMs: nowMs };
    return addresses;
  }

  async #ask(signal: AbortSignal): Promise<string[]> {
    const { server, credentials } = this.options;
    const url = new URL(server);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const { ca } = credentials.tls();
    const servername = isIP(host) === 0 ? host : '';
    const socket = connect({ host, port: Number(url.port || 443), ca, servername });
    try {
      const deadline = AbortSignal.timeout(HANDSHAKE_TIMEOUT_MS);
      await once(socket, 'secureConnect', { signal: AbortSignal.any([signal, deadline]) });
      const { dnsNames, ipAddresses } = parseCertificate(socket.getPeerCertificate(true).raw);
      return [host, ...dnsNames, ...ipAddresses];
    } finally {
      socket.destroy();
    }
  }
}
