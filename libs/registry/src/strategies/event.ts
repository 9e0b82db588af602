import { type Event, type FieldError, invalidValue } from '@hawser/api';
import type { Strategy } from '../strategy.ts';

export const eventStrategy: Strategy<Event & Record<string, unknown>> = {
  allowCreateOnUpdate: true,

  validate({ metadata, involvedObject }) {
    const faults: FieldError[] = [];
    const expected = involvedObject.namespace || 'default';
    if (metadata.namespace !== expected)
      faults.push(
        invalidValue(
          'involvedObject.namespace',
          involvedObject.namespace ?? '',
          'does not match event.namespace',
        ),
      );
    return faults;
  },
};
