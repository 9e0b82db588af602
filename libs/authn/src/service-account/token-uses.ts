/**
 * Ways in which service account tokens are used, as upstream counts them (`serviceaccount_…_total`): bound ones before
 * (`valid`) and after (`stale`) the time they warn of, and such as live in Secrets.
 */
export type TokenUse = 'valid' | 'stale' | 'legacy' | 'legacy_auto' | 'legacy_manual' | 'legacy_invalid';
