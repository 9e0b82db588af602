// What `bun run check` runs: everything that needs no service to be started.
import { CHECK_STEPS, runSteps } from './steps.ts';

process.exit(await runSteps(CHECK_STEPS));
