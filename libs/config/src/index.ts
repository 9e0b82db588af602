export { type Environment, portOffset, readEnvironment } from './environment.ts';
export {
  defineFlags,
  type Flag,
  FlagError,
  type FlagTable,
  flagHelp,
  type Options,
  parseDuration,
  parseFlags,
} from './flags.ts';
export { runService } from './run-service.ts';
