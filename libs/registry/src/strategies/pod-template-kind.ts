import type { PodTemplate } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { completePodTemplate, podTemplateFaults } from './pod-template.ts';

type Data = PodTemplate & Record<string, unknown>;

export const podTemplateStrategy: Strategy<Data> = {
  prepareForCreate: complete,
  prepareForUpdate: complete,

  validate({ template }) {
    return template === undefined ? [] : podTemplateFaults(template, 'template');
  },
};

function complete(object: Data): void {
  object.template ??= {} as NonNullable<Data['template']>;
  completePodTemplate(object.template);
}
