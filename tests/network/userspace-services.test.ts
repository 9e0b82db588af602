import { declareServiceTests, shareServiceScene } from './services/declare-service-tests.ts';

const suite = shareServiceScene('userspace');

declareServiceTests(suite, {
  mode: 'userspace',
  leftOvers: (scene) =>
    scene
      .addresses()
      .match(/^.*lo:kube-proxy$/gm)
      ?.join('\n') ?? '',
});
