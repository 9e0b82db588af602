import { defineFlags } from './flags.ts';

const ONE_LOG = 'the log is JSON on standard error, by --log-level';
const NO_PROFILING = 'there is no profiling endpoint';

/** klog's flags, which all of upstream's services take and many manifests give. */
export const KLOG_FLAGS = defineFlags({
  logtostderr: { type: 'bool', help: '', noEffect: ONE_LOG },
  alsologtostderr: { type: 'bool', help: '', noEffect: ONE_LOG },
  'log-file': { type: 'string', help: '', noEffect: ONE_LOG },
  'log-file-max-size': { type: 'int', help: '', noEffect: ONE_LOG },
  'log-dir': { type: 'string', help: '', noEffect: ONE_LOG },
  'log-backtrace-at': { type: 'string', help: '', noEffect: ONE_LOG },
  'log-flush-frequency': { type: 'duration', help: '', noEffect: ONE_LOG },
  'add-dir-header': { type: 'bool', help: '', noEffect: ONE_LOG },
  'skip-headers': { type: 'bool', help: '', noEffect: ONE_LOG },
  'skip-log-headers': { type: 'bool', help: '', noEffect: ONE_LOG },
  'one-output': { type: 'bool', help: '', noEffect: ONE_LOG },
  stderrthreshold: { type: 'string', help: '', noEffect: ONE_LOG },
  'legacy-stderr-threshold-behavior': { type: 'bool', help: '', noEffect: ONE_LOG },
  v: { type: 'int', help: '', noEffect: ONE_LOG },
  vmodule: { type: 'string', help: '', noEffect: ONE_LOG },
});

/** Go's profiler, which can only be told to stay off: whoever asks for it should hear that it is not there. */
export const PROFILING_FLAGS = defineFlags({
  'enable-profiling': { type: 'bool', help: '', oneOf: ['false'], noEffect: NO_PROFILING },
  'enable-contention-profiling': { type: 'bool', help: '', oneOf: ['false'], noEffect: NO_PROFILING },
});
