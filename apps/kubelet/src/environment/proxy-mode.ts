import { get } from 'node:http';

const TIMEOUT_MS = 2_000;
/** Longer than any mode's name. */
const MAX_CHARACTERS = 64;

/**
 * Asks kube-proxy how it makes virtual IPs work: `nftables`, `userspace`, `none`.
 * @param address of its metrics, as `HOST:PORT`.
 * @throws Error when it does not answer, or with no mode.
 */
export function askProxyMode(address: string, signal: AbortSignal): Promise<string> {
  const url = `http://${address}/proxyMode`;
  return new Promise((resolve, reject) => {
    const signals = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const request = get(url, { agent: false, signal: signals }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text = (text + chunk).slice(0, MAX_CHARACTERS);
      });
      response.on('error', reject);
      response.on('end', () => {
        const mode = text.trim();
        if (response.statusCode === 200 && /^[a-z]+$/.test(mode)) resolve(mode);
        else reject(new Error(`${url} answers with status ${response.statusCode} and no mode`));
      });
    });
    request.on('error', reject);
  });
}
