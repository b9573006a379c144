import { describe, expect, it } from 'vitest';
import { BATCH_PHASES, CLUSTER_PHASES, HOST_PHASES, LEASE_PHASE } from '../../../src/rollout/workflow.ts';
import { read } from './markdown.ts';

describe('the phases of a rollout', () => {
  it('stand in docs/how-it-works.md in their order', () => {
    const row = (whom: string) => (phase: { readonly name: string; readonly does: string }) =>
      `| ${phase.name} | ${whom} | ${phase.does} |`;
    const rows = [
      row('all hosts together')(LEASE_PHASE),
      ...HOST_PHASES.map(row('each host')),
      ...BATCH_PHASES.map((phase) => row(`batch: ${phase.whom}`)(phase)),
      ...CLUSTER_PHASES.map(row('each cluster')),
    ];
    expect(read('docs/how-it-works.md')).toContain(`${rows.join('\n')}\n`);
  });
});
