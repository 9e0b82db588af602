export type { Attributes, Authorizer, Decision } from './authorizer.ts';
