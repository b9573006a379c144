import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { benchTopology } from './bench.ts';
import { demoTopology } from './demo.ts';
import { LabError } from './errors.ts';
import type { Topology } from './topology.ts';

const topologySchema = z.strictObject({
  name: z.string(),
  networks: z.record(z.string(), z.strictObject({ subnet: z.string() })),
  users: z.record(
    z.string(),
    z.strictObject({ password: z.string().min(1), sudo: z.enum(['nopasswd', 'password', 'none']) }),
  ),
  hosts: z.record(
    z.string(),
    z.strictObject({
      role: z.enum(['debian', 'python', 'rpm', 'jump', 'client']),
      addresses: z.record(z.string(), z.ipv4()),
      installed: z.enum(['nginx', 'haproxy', 'none']).optional(),
      behind: z.string().optional(),
      sshd: z.array(z.string()).optional(),
    }),
  ),
  clusters: z.record(
    z.string(),
    z.strictObject({
      service: z.enum(['nginx', 'haproxy', 'none']),
      hosts: z.array(z.string()),
      virtual_router_id: z.int().min(1).max(255),
      vips: z.array(z.string()),
    }),
  ),
});

/** A topology by what stands on the command line: `demo`, `bench:COUNT`, or a YAML or JSON file. */
export async function loadTopology(source: string): Promise<Topology> {
  if (source === 'demo') return demoTopology();
  const count = /^bench:(\d+)$/.exec(source)?.[1];
  if (count !== undefined) return benchTopology(Number(count));
  const text = await readFile(source, 'utf8').catch((error: Error) => {
    throw new LabError(`topology ${source} cannot be read: ${error.message}`, { cause: error });
  });
  return parseTopology(text, source);
}

/** A topology from YAML or JSON text. Throws a LabError that names everything that is wrong with its form. */
export function parseTopology(text: string, source: string): Topology {
  const parsed = topologySchema.safeParse(readYaml(text, source));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new LabError(`topology ${source}: ${problems.join('; ')}`);
  }
  return withoutUndefined(parsed.data);
}

function readYaml(text: string, source: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new LabError(`topology ${source} is not YAML: ${error instanceof Error ? error.message : error}`);
  }
}

/** exactOptionalPropertyTypes tells a missing key from one that is undefined; JSON knows only the first. */
function withoutUndefined(data: z.infer<typeof topologySchema>): Topology {
  const hosts = Object.entries(data.hosts).map(([name, { installed, behind, sshd, ...host }]) => [
    name,
    {
      ...host,
      ...(installed === undefined ? {} : { installed }),
      ...(behind === undefined ? {} : { behind }),
      ...(sshd === undefined ? {} : { sshd }),
    },
  ]);
  return { ...data, hosts: Object.fromEntries(hosts) };
}
