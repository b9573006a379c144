/** Takes one line of progress, in the present tense and without a full stop. */
export type Report = (line: string) => void;

/** For those who do not want to know. */
export const silent: Report = () => undefined;
