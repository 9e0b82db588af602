/**
 * A request to upgrade that the server turns down before it has switched protocols; it is answered as plain HTTP.
 * The texts and codes are upstream's (`apimachinery/pkg/util/httpstream`, `golang.org/x/net/websocket`).
 */
export class UpgradeRefusedError extends Error {
  override name = 'UpgradeRefusedError';

  /** @param headers lines of the answer beside its body's; a name may stand more than once. */
  constructor(
    readonly code: 400 | 403,
    message: string,
    readonly headers: readonly (readonly [name: string, value: string])[] = [],
  ) {
    super(message);
  }

  /** The reason of its Status. */
  get reason(): 'BadRequest' | 'Forbidden' {
    return this.code === 400 ? 'BadRequest' : 'Forbidden';
  }
}

/** A server that was asked to upgrade has answered something else, as it is here. */
export class UpgradeFailedError extends Error {
  override name = 'UpgradeFailedError';

  /** @param body at most 64 KiB of it. */
  constructor(
    readonly code: number,
    readonly headers: Readonly<Record<string, string>>,
    readonly body: Buffer,
  ) {
    super(`the server answered the request to upgrade with ${code}`);
  }
}
