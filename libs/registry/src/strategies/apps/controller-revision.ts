import { type ControllerRevision, required } from '@hawser/api';
import type { Strategy } from '../../strategy.ts';
import { immutableFaults } from '../../validation/immutable.ts';
import { nonnegativeFaults } from '../../validation/numbers.ts';

type Data = ControllerRevision & Record<string, unknown>;

export const controllerRevisionStrategy: Strategy<Data> = {
  validate({ data, revision }) {
    const missing = data === undefined ? [required('data', 'data is mandatory')] : [];
    return [...missing, ...nonnegativeFaults('revision', revision)];
  },

  validateUpdate({ data }, old) {
    return immutableFaults('data', data, old.data);
  },
};
