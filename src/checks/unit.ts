import { z } from 'zod';
import { HOST_PATHS } from '../vrrp/paths.ts';
import type { CheckKind } from './kind.ts';

export interface UnitProbe {
  readonly kind: 'unit';
  /** With its suffix: redis-server.service. */
  readonly unit: string;
}

const DEST = `${HOST_PATHS.scripts}/haprov-check-unit`;
const FORM = 'must be a systemd unit such as redis-server or postgresql@15-main.service';

/** A systemd unit that is active. `systemctl is-active` asks systemd, so every user may. */
export const UNIT = {
  kind: 'unit',
  key: { name: 'unit', of: 'a systemd unit' },
  keys: {
    unit: z
      .string({ error: FORM })
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,127}$/, FORM)
      .optional()
      .describe('The systemd unit that must be active; `.service` may be left out'),
  },
  read: ({ unit }) => (unit === undefined ? undefined : { kind: 'unit', unit: fullName(unit) }),
  script: { src: 'check_unit.sh', dest: DEST },
  needs: [],
  command: (_name, { unit }, limit) => [DEST, unit, limit],
  recognise: (_name, [path, unit]) => (path === DEST && unit !== undefined ? { kind: 'unit', unit } : undefined),
  urls: () => [],
  failsAtOnce: true,
} as const satisfies CheckKind<UnitProbe, { readonly unit?: string | undefined }>;

function fullName(unit: string): string {
  return /\.(?:service|socket|target|mount|timer|path|device|automount|scope|slice|swap)$/.test(unit)
    ? unit
    : `${unit}.service`;
}
