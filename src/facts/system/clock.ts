import type { Subject } from '../reader/subject.ts';

/** A host's own time as seconds since 1970. Key: always `now`. */
export const clockSubject: Subject<'now', number> = {
  name: 'clock',
  script: () => 'date +%s.%N',
  parse: (output) => {
    const text = output.trim();
    // A date that does not know %N leaves the letter.
    const seconds = Number(text.replace(/\.\D*N$/, ''));
    if (text === '' || !Number.isFinite(seconds)) throw new Error(`date says ${text}`);
    return [seconds];
  },
};
