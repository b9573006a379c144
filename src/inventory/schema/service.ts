import { z } from 'zod';
import { portForm } from '../../checks/port.ts';
import { SERVICE_CHOICE } from '../../checks/services.ts';
import { flag, map } from '../../keepalived/fields.ts';

const UNIT = 'must be the name of a systemd unit such as redis-server, without .service';
const PACKAGE = 'must be the name of a package such as redis-server';
const PROGRAM = 'must be the name of a program such as redis-server, without path and arguments';

const unit = z.string({ error: UNIT }).regex(/^(?!.*\.service$)[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,127}$/, UNIT);
const packageName = z.string({ error: PACKAGE }).regex(/^[A-Za-z0-9][A-Za-z0-9+._-]{0,127}$/, PACKAGE);
const program = z.string({ error: PROGRAM }).regex(/^[A-Za-z0-9_][A-Za-z0-9_.+:-]{0,63}$/, PROGRAM);
const packages = z.union([packageName, z.array(packageName, { error: 'must be a list of packages' })], {
  error: PACKAGE,
});

const FORMS = `${SERVICE_CHOICE}, a systemd unit, { unit: NAME }, { container: NAME }, or a list of them`;

const one = map(
  {
    unit: unit.optional().describe('The systemd unit that is started and watched, without `.service`'),
    container: program
      .optional()
      .describe(
        'In place of unit: the program that runs in a container; haprov watches it, and neither installs nor starts it',
      ),
    package: z
      .union(
        [packages, map({ debian: packages.optional(), rhel: packages.optional() }, '{ debian: NAME, rhel: NAME }')],
        {
          error: `${PACKAGE}, a list of them, or { debian: NAME, rhel: NAME }`,
        },
      )
      .optional()
      .describe('The package or packages to install. Default: none; of nginx and haproxy their own'),
    port: z
      .union([portForm, z.array(portForm, { error: 'must be a list of ports' })], {
        error: 'must be a port such as 6379 or 53/udp, or a list of them',
      })
      .optional()
      .describe('The port or ports that clients use. The first TCP port is checked where track_script is not written'),
    install: flag().optional().describe('false: haprov leaves packages alone. Default true'),
  },
  'a map such as { unit: redis-server, port: 6379 }',
);

const named = z
  .string({ error: `must be ${FORMS}` })
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,127}$/, `must be ${FORMS}`);
const entry = z.union([named, one], { error: `must be ${FORMS}` });

/** What a cluster's VIPs stand for: a name, a unit, or several of them. */
export const service = z
  .union([named, one, z.array(entry, { error: `must be ${FORMS}` }).min(1, 'must name a service')], {
    error: `must be ${FORMS}`,
  })
  .describe(`What the VIP stands for and what is watched: ${FORMS}`);

export type WrittenService = z.infer<typeof entry>;
