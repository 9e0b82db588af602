export {
  ALL_AUTHENTICATED,
  ALL_UNAUTHENTICATED,
  ANONYMOUS,
  type Identity,
  SYSTEM_MASTERS,
} from './identity.ts';
export type { Lister } from './lister.ts';
