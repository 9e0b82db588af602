import { ApiError, forbidden, type Namespace, namespaces, notFound } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import type { AdmissionPlugin } from '@hawser/registry';

/** Namespaces without which the system cannot work. */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

/**
 * Nothing is made in a namespace that does not exist or is ending, and some namespaces never end
 * (apiserver/pkg/admission/plugin/namespace/lifecycle).
 */
export function namespaceLifecycle(lister: Lister<Namespace>): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    admit({ operation, kind, namespace, name }) {
      if (kind === namespaces) {
        if (operation === 'DELETE' && IMMORTAL.has(name))
          throw forbidden(namespaces, name, 'this namespace may not be deleted');
        return;
      }
      if (!kind.namespaced || operation !== 'CREATE') return;
      const found = lister.get('', namespace);
      if (found === undefined) throw notFound(namespaces, namespace);
      if (found.metadata.deletionTimestamp === undefined && found.status?.phase !== 'Terminating') return;
      const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
      throw new ApiError('Forbidden', forbidden(kind, name, why).message, {
        name,
        kind: kind.plural,
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      });
    },
  };
}
