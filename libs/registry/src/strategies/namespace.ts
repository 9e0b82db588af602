import type { Namespace } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { dnsLabelFault } from '../validation/names.ts';

type Data = Namespace & Record<string, unknown>;

/** Held back until the namespace controller has emptied it. */
const KUBERNETES_FINALIZER = 'kubernetes';

/** The label by which selectors find a namespace by name (KEP 2161). */
const NAME_LABEL = 'kubernetes.io/metadata.name';

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

  beginDeletion(namespace) {
    namespace.status = { ...namespace.status, phase: 'Terminating' };
  },

  mayRemove: (namespace) => (namespace.spec?.finalizers ?? []).length === 0,
};

function label({ metadata }: Data): void {
  if (metadata.name === undefined) return;
  metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
}
