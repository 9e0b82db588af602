import type { Column } from '../../../schema/kind.ts';
import type { PodTemplateSpec } from './pod-template-spec.ts';

/** The wide columns of what makes pods: the names and the images of its containers (pkg/printers `layoutContainerCells`). */
export function templateColumns<T>(templateOf: (object: T) => PodTemplateSpec | undefined): Column<T>[] {
  const containers = (object: T) => templateOf(object)?.spec?.containers ?? [];
  return [
    {
      name: 'Containers',
      type: 'string',
      priority: 1,
      description: 'Names of its containers.',
      value: (object) =>
        containers(object)
          .map(({ name }) => name)
          .join(','),
    },
    {
      name: 'Images',
      type: 'string',
      priority: 1,
      description: 'Images of its containers.',
      value: (object) =>
        containers(object)
          .map(({ image }) => image ?? '')
          .join(','),
    },
  ];
}
