export { ConnectProxy, type ConnectProxyOptions } from './connect-proxy.testing.ts';
