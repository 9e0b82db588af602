export { type Environment, readEnvironment } from './environment.ts';
export { findExecutable, SYSTEM_DIRECTORIES } from './find-executable.ts';
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
export {
  type AuthorityFiles,
  type HomeLayout,
  homeLayout,
  type KeyFiles,
  nodeLayout,
} from './home-layout.ts';
export { type Ports, portsFor } from './ports.ts';
export { runService } from './run-service.ts';
export { KLOG_FLAGS, PROFILING_FLAGS } from './upstream-flags.ts';
