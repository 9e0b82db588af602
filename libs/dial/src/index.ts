export { isAllowedAddress, isLoopback } from './allowed-address.ts';
export { connectSocket } from './connect-socket.ts';
export { DialDeadline } from './dial-deadline.ts';
export { DialError, type Dialer, type Target } from './dialer.ts';
export { DirectDialer } from './direct-dialer.ts';
export { joinHostPort, splitHostPort } from './host-port.ts';
export { peerText } from './peer-text.ts';
export { type TlsMaterial, TlsMemory } from './tls-memory.ts';
export { type TlsClientOptions, tlsOver } from './tls-over.ts';
