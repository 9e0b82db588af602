import type { TlsMaterial } from '@hawser/http';
import type { Clock } from '@hawser/runtime';
import { listenTlsPort, type TlsPort, type TlsSettings } from './listeners/tls-port.ts';
import type { AgentProtocols } from './protocols.ts';
import type { Reception } from './reception.ts';

export interface AgentPortOptions {
  readonly host: string;
  readonly port: number;
  readonly material: TlsMaterial;
  readonly tls: TlsSettings;
  readonly protocols: AgentProtocols;
  readonly reception: Reception;
  readonly keepAliveMs: number;
  readonly onStalled?: () => void;
  readonly clock: Clock;
}

/**
 * The port for agents. TLS lets in whoever has no certificate, so that a token can be shown; the reception lets in
 * nobody without one of them.
 */
export function listenForAgents(options: AgentPortOptions): Promise<TlsPort> {
  const { protocols, reception, keepAliveMs, onStalled } = options;
  return listenTlsPort({
    ...options,
    alpn: Object.keys(protocols),
    requiresCertificate: false,
    // Tunnels have halves, links have none.
    allowHalfOpen: false,
    onConnection: (socket) => {
      const serve = protocols[socket.alpnProtocol || ''];
      if (serve === undefined || !reception.expect(socket)) socket.destroy();
      else serve(socket, reception, onStalled === undefined ? { keepAliveMs } : { keepAliveMs, onStalled });
    },
  });
}
