/** Why a node cannot join, in words for whoever typed the command. */
export class JoinError extends Error {
  override readonly name = 'JoinError';
}
