import { JWKS_PATH, jsonWebKeySet, openIdConfiguration, type TokenVerificationKey } from '@hawser/authn';
import type { Logger } from '@hawser/observability';

/** What relying parties read, as JSON. */
export interface OpenIdDocuments {
  readonly configuration: string;
  readonly keySet: string;
}

export interface OpenIdMetadataOptions {
  readonly issuer: string;
  /** Where relying parties find the key set; the hub's own address where absent. */
  readonly jwksUri: string | undefined;
  /** Host and port at which the cluster finds the hub; undefined where there is none. */
  readonly externalAddress: () => string | undefined;
  /** Another array once they change. */
  readonly keys: () => readonly TokenVerificationKey[];
  readonly logger: Logger;
}

/**
 * The documents by which others verify service account tokens; made anew when the keys change. Undefined where the
 * issuer is not one that OpenID Connect allows: the documents are not served then, and a line in the log says why
 * (kubernetes/pkg/serviceaccount/openidmetadata.go).
 */
export function openIdMetadata(options: OpenIdMetadataOptions): () => OpenIdDocuments | undefined {
  const { issuer, jwksUri, keys, externalAddress, logger } = options;
  const fault = issuerFault(issuer) ?? jwksFault(jwksUri);
  if (fault !== undefined) {
    logger.warn({ why: fault }, 'OpenID discovery of service account tokens is not served');
    return () => undefined;
  }
  let made: { keys: readonly TokenVerificationKey[]; documents: OpenIdDocuments } | undefined;
  return () => {
    const current = keys();
    if (made?.keys === current) return made.documents;
    const address = externalAddress();
    const ownUri =
      address === undefined ? `${issuer.replace(/\/$/, '')}${JWKS_PATH}` : `https://${address}${JWKS_PATH}`;
    const configuration = openIdConfiguration({ issuer, jwksUri: jwksUri ?? ownUri, keys: current });
    const documents = {
      configuration: JSON.stringify(configuration),
      keySet: JSON.stringify(jsonWebKeySet(current)),
    };
    made = { keys: current, documents };
    return documents;
  };
}

function issuerFault(issuer: string): string | undefined {
  if (!URL.canParse(issuer)) return `issuer URL is not one: ${issuer}`;
  const { protocol, search, hash } = new URL(issuer);
  if (protocol !== 'https:') return `issuer URL must use https scheme, got: ${issuer}`;
  if (search !== '') return `issuer URL may not include a query, got: ${issuer}`;
  return hash === '' ? undefined : `issuer URL may not include a fragment, got: ${issuer}`;
}

function jwksFault(uri: string | undefined): string | undefined {
  if (uri === undefined) return undefined;
  const isHttps = URL.canParse(uri) && new URL(uri).protocol === 'https:';
  return isHttps ? undefined : `jwksURI requires https scheme, parsed as: ${uri}`;
}
