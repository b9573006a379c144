/** Fragments of the administrator's own, on a host. */
export const FRAGMENTS = '/etc/keepalived/haprov.d';

/** Where a fragment lies on a host, by its path on this machine. */
export function fragmentPath(local: string): string {
  const name = (local.split('/').at(-1) ?? 'fragment').replace(/[^A-Za-z0-9_.-]/g, '_');
  return `${FRAGMENTS}/${name.endsWith('.conf') ? name : `${name}.conf`}`;
}
