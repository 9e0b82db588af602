// What `npm test` runs after set-up: every check and every test. With arguments, only the tests that they name,
// as `bun test` understands them: `npm test -- libs/pki`.
import { CHECK_STEPS, END_TO_END_STEPS, runSteps } from './steps.ts';

const chosen = process.argv.slice(2);
const steps = [...CHECK_STEPS, ...END_TO_END_STEPS];
process.exit(
  await runSteps(chosen.length > 0 ? [{ name: 'tests', argv: ['bun', 'test', ...chosen] }] : steps),
);
