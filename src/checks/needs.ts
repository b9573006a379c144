/** Commands that checks run, in the order of installation, with the packages that have them. */
export const COMMANDS = {
  bash: { debian: 'bash', rhel: 'bash' },
  curl: { debian: 'curl', rhel: 'curl' },
  socat: { debian: 'socat', rhel: 'socat' },
  pgrep: { debian: 'procps', rhel: 'procps-ng' },
} as const;

export type Command = keyof typeof COMMANDS;

/** In every cluster: haprov-notify posts by curl, and the administrator's own checks look for processes. */
export const ALWAYS: readonly Command[] = ['curl', 'pgrep'];
