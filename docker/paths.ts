import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the lab keeps everything it writes on this machine; ignored by git. */
export const LAB_ROOT = fileURLToPath(new URL('../.lab', import.meta.url));

/** Where the image sources stand. */
export const IMAGE_SOURCES = fileURLToPath(new URL('./images', import.meta.url));

/** The directory of one lab: key, known_hosts, ssh_config, inventory.yaml, topology.json. */
export function labDirectory(name: string): string {
  return join(LAB_ROOT, name);
}
