import type { DrillReport, DrillScenario } from '../../operate/drill/model.ts';
import type { Redact } from '../terminal/text.ts';

/** A report with every text that comes from a host, from an answer or from a reckoning masked. Names stay as they are. */
export function maskReport(report: DrillReport, redact: Redact): DrillReport {
  return {
    ...report,
    inventory: redact(report.inventory),
    scenarios: report.scenarios.map((scenario) => maskScenario(scenario, redact)),
    skipped: report.skipped.map((skipped) => ({ ...skipped, reason: redact(skipped.reason) })),
    leftovers: report.leftovers.map(({ host, reason }) => ({ host, reason: redact(reason) })),
  };
}

function maskScenario(scenario: DrillScenario, redact: Redact): DrillScenario {
  const { prediction, requests, marks, findings, notes } = scenario;
  return {
    ...scenario,
    target: redact(scenario.target),
    prediction: { ...prediction, because: redact(prediction.because) },
    requests: requests.map((request) =>
      request.error === null ? request : { ...request, error: redact(request.error) },
    ),
    marks: marks.map((mark) => ({ ...mark, text: redact(mark.text) })),
    findings: findings.map(redact),
    notes: notes.map(redact),
  };
}
