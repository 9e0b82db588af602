export type { FrontEnd } from './front-end.ts';
export { HttpConnectDialer, type HttpConnectDialerOptions } from './http-connect-dialer.ts';
export { type DialStage, KonnectivityDialError } from './konnectivity-dial-error.ts';
export { type FrontEndTlsFiles, TcpFrontEnd } from './tcp-front-end.ts';
export { UdsFrontEnd } from './uds-front-end.ts';
