import { declareServiceTests, shareServiceScene } from './services/declare-service-tests.ts';

const suite = shareServiceScene('nftables');

declareServiceTests(suite, {
  mode: 'nftables',
  leftOvers: (scene) => /^table ip kube-proxy \{[\s\S]*?^\}/m.exec(scene.ruleset())?.[0] ?? '',
});
