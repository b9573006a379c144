import { Socket } from 'node:net';
import { serveRelay } from './serve.ts';

/** Given by the loader: the word that marks the beginning of the protocol, and what had come behind this program. */
declare const haprovMark: string;
declare const haprovRest: Buffer;

/** Those that the relay serves say every few seconds that they are there; see PING_MS of relay.ts. */
const SILENCE_MS = 30_000;

// Beside the fleet, in a process that exists for one haprov: nothing may outlive that one, however it ended.
const leave = (): never => process.exit(0);
const silence = setTimeout(leave, SILENCE_MS);
process.stdin.on('data', () => silence.refresh());
process.stdin.on('end', leave).on('close', leave).on('error', leave);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);

// process.stdout blocks on a pipe, and with it every connection.
const output = new Socket({ fd: 1, readable: false, writable: true });
output.on('error', leave);
output.write(`${haprovMark}-ready\n`);
serveRelay(process.stdin, output, haprovRest);
process.stdin.resume();
