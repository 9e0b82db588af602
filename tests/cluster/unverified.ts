/** How Bun's, OpenSSL's and Go's clients say that no CA of theirs vouches for a server. */
export const UNVERIFIED =
  /unable to verify|self.signed|unknown authority|unable to get (local )?issuer|SELF_SIGNED|UNABLE_TO/i;
