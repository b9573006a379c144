/** haprov's own records on a host: copies of what it replaced, and what it still owes; 0700. */
export const STATE_DIRECTORY = '/var/lib/haprov';
