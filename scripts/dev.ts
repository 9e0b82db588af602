// What `npm run dev` runs after set-up: a whole cluster on this machine, until Ctrl-C.
import { readEnvironment, runService } from '@hawser/config';
import { DEV_FLAGS } from './dev/dev-flags.ts';
import { runCluster } from './dev/run-cluster.ts';

await runService('npm run dev --', DEV_FLAGS, (options) => runCluster(readEnvironment(), options));
