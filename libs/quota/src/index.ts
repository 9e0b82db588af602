export {
  type Amounts,
  add,
  amountsOf,
  exceeding,
  isSame,
  pick,
  subtract,
  tableOf,
} from './amounts.ts';
export { chargeOf, isCounted, scopesOf, type Usage } from './charge-quota.ts';
export type { Evaluator } from './evaluator.ts';
export { evaluatorFor } from './evaluators.ts';
export { measureUsage } from './measure-usage.ts';
export { podLimits, podRequests } from './pod-amounts.ts';
export { QuotaError } from './quota-error.ts';
