import type { WantedPort } from './services/wanted-services.ts';

/** Makes virtual IPs work on this node, in one way. */
export interface Proxier {
  readonly mode: 'nftables' | 'userspace';
  /**
   * Has these ports served, and no others.
   * @param whole look at everything anew, whatever is known of it: somebody else may have changed it.
   * @throws when that does not succeed; what was served before is then served on, as far as that depends on us.
   */
  sync(ports: readonly WantedPort[], whole: boolean): Promise<void>;
  /** Whether what was made to work still stands as it was left, as far as that is cheap to see. */
  isIntact(): Promise<boolean>;
  /** Leaves nothing behind. */
  cleanUp(): Promise<void>;
}
