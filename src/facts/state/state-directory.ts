/** haprov's own records on a host: copies of what it replaced, and what it still owes; 0700. */
export const STATE_DIRECTORY = '/var/lib/haprov';

/** Where a host keeps each version of a file that haprov replaced or removed: `<path with / as %>.<sha256>`. */
export const BACKUP_DIRECTORY = `${STATE_DIRECTORY}/backup`;
