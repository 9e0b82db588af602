/** Where front ends ask for tunnels: each call is one. */
export const PROXY_METHOD = '/ProxyService/Proxy';

/**
 * A server that sends this along takes the end of a call's requests for the end of the client's half, and still answers.
 * Upstream's closes the connection then.
 */
export const HALF_CLOSE_METADATA = 'hawser-half-close';
