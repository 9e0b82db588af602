/** The cipher suites of TLS 1.2 that are safe, by their names in Go and upstream's flags, as OpenSSL calls them. */
const SUITES: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
};

/**
 * Reads `--cipher-suites`. Those of TLS 1.3 are not for choosing, as in Go: they may be named, and change nothing.
 * @param faults takes a line for each that is not known or not safe.
 * @returns in OpenSSL's words; undefined for the default ones.
 */
export function parseCipherSuites(names: readonly string[], faults: string[]): string | undefined {
  const suites = names.flatMap((name) => {
    if (/^TLS_(AES|CHACHA20)_/.test(name)) return [];
    if (SUITES[name] === undefined)
      faults.push(`cipher suite ${name} not supported, doesn't exist or considered as insecure`);
    return SUITES[name] ?? [];
  });
  return suites.length === 0 ? undefined : suites.join(':');
}
