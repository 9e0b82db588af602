import type { Decision } from './authorizer.ts';

export const allow = (reason = ''): Decision => ({ verdict: 'allow', reason });
export const noOpinion = (reason = ''): Decision => ({ verdict: 'no-opinion', reason });
