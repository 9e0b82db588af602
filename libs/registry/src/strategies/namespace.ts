import { invalidValue, type Namespace } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { dnsLabelFault, qualifiedNameFault } from '../validation/names.ts';
import { textFaults } from '../validation/value-faults.ts';

type Data = Namespace & Record<string, unknown>;

/** Held back until the namespace controller has emptied it. */
const KUBERNETES_FINALIZER = 'kubernetes';

/** The label by which selectors find a namespace by name (KEP 2161). */
const NAME_LABEL = 'kubernetes.io/metadata.name';
const STANDARD_FINALIZERS = [KUBERNETES_FINALIZER, 'orphan', 'foregroundDeletion'];

export const namespaceStrategy: Strategy<Data> = {
  returnDeletedObject: true,
  validateName: dnsLabelFault,

  prepareForCreate(namespace) {
    namespace.spec = {
      finalizers: [
        KUBERNETES_FINALIZER,
        ...(namespace.spec?.finalizers ?? []).filter((f) => f !== KUBERNETES_FINALIZER),
      ],
    };
    namespace.status = { phase: 'Active' };
    label(namespace);
  },

  // Finalizers of the spec change through the finalize subresource only.
  prepareForUpdate(namespace, old) {
    namespace.spec = old.spec;
    label(namespace);
  },

  validate({ spec }) {
    return (spec?.finalizers ?? []).flatMap((finalizer) => [
      ...textFaults('spec.finalizers', finalizer, qualifiedNameFault),
      ...(finalizer.includes('/') || STANDARD_FINALIZERS.includes(finalizer)
        ? []
        : [
            invalidValue(
              'spec.finalizers',
              finalizer,
              'name is neither a standard finalizer name nor is it fully qualified',
            ),
          ]),
    ]);
  },

  // The phase follows from the deletion; upstream spells the field with a capital.
  validateStatusUpdate({ metadata, status }) {
    const deleted = metadata.deletionTimestamp !== undefined;
    const phase = deleted ? 'Terminating' : 'Active';
    if (status?.phase === phase) return [];
    const why = `may only be '${phase}' if \`deletionTimestamp\` is ${deleted ? 'not ' : ''}empty`;
    return [invalidValue('status.Phase', status?.phase ?? '', why)];
  },

  beginDeletion(namespace) {
    namespace.status = { ...namespace.status, phase: 'Terminating' };
  },

  mayRemove: (namespace) => (namespace.spec?.finalizers ?? []).length === 0,
};

function label({ metadata }: Data): void {
  if (metadata.name === undefined) return;
  metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
}
