import { quote } from '../../transport/quote.ts';
import type { Subject } from '../reader/subject.ts';

/** Whether a script that only looks exits with 0: a command task's `unless`, a wait_for's condition. Key: the script. */
export const probeSubject: Subject<string, boolean> = {
  name: 'conditions',
  script: (scripts) =>
    scripts
      .map((script) => `if sh -c ${quote(script)} </dev/null >/dev/null 2>&1; then echo yes; else echo no; fi`)
      .join('\n'),
  parse: (output, scripts) => {
    const lines = output.split('\n');
    return scripts.map((_, index) => lines[index] === 'yes');
  },
};
