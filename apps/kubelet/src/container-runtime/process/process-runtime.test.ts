import { silentLogger } from '@hawser/observability';
import { containerRuntimeContract } from '../contract.ts';
import { findBubblewrap } from './find-bubblewrap.ts';
import { ProcessRuntime } from './process-runtime.ts';

const bubblewrapPath = findBubblewrap();

containerRuntimeContract('the process runtime beside the node’s processes', {
  open: (rootDirectory) => ProcessRuntime.open({ rootDirectory, logger: silentLogger }),
});

containerRuntimeContract('the process runtime with bubblewrap', {
  open: (rootDirectory) => ProcessRuntime.open({ rootDirectory, bubblewrapPath, logger: silentLogger }),
  skipReason: bubblewrapPath === undefined ? 'bwrap is neither on PATH nor in .tools' : undefined,
});
