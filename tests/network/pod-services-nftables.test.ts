import { requireBubblewrap, requireCurl } from '../cluster/required-tools.ts';
import { shareNetwork } from './network-suite.ts';
import { declarePodServiceTests } from './pod-service-tests.ts';

requireBubblewrap();
requireCurl();

declarePodServiceTests(shareNetwork({ nodes: 2, flags: { 'kube-proxy': ['--proxy-mode', 'nftables'] } }));
