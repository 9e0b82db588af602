import { type Pod, pods } from '@hawser/api';
import type { AdmissionPlugin } from '@hawser/registry';

const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const SECONDS = 300;

/** Pods stay for five minutes on a node that is lost, unless they say otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  admit({ operation, kind, subresource, object }) {
    if (kind !== pods || operation !== 'CREATE' || subresource !== '') return;
    const { spec } = object as unknown as Pod;
    for (const key of KEYS) {
      const tolerated = spec.tolerations?.some(
        (toleration) =>
          (toleration.key === key || !toleration.key) &&
          (toleration.effect === 'NoExecute' || !toleration.effect),
      );
      if (!tolerated)
        spec.tolerations = [
          ...(spec.tolerations ?? []),
          { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS },
        ];
    }
  },
};
