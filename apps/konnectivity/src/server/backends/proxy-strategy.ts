/** How an agent is found for a target, with upstream's names. */
export type ProxyStrategy = 'destHost' | 'defaultRoute' | 'default';

export const PROXY_STRATEGIES: readonly ProxyStrategy[] = ['destHost', 'defaultRoute', 'default'];
