import { packFields } from '../basics/fields.ts';
import { quote } from '../quote.ts';

/** The oldest Node that a relay runs on. */
export const LEAST_NODE = 20;

/**
 * Reads a program from standard input (its length in four bytes, then brotli) and evaluates it, in memory alone. Like the
 * command around it, it has to mean the same within single quotes to every login shell: no quote, backslash, newline or
 * exclamation mark.
 */
const LOADER = [
  'const m=process.argv[1],v=process.version,i=process.stdin',
  'const z=require("zlib")',
  'let h=[],n=0,w=4',
  'const f=c=>{h.push(c);n+=c.length;if(n<w)return',
  'const b=Buffer.concat(h)',
  'h=[b]',
  'w=b.readUInt32BE(0)+4',
  'if(n<w)return',
  'i.off("data",f)',
  'i.pause()',
  'const s=z.brotliDecompressSync(b.subarray(4,w)).toString()',
  'new Function("require","module","haprovMark","haprovRest",s)(require,{exports:{}},m,b.subarray(w))}',
  `if(parseInt(v.slice(1))<${LEAST_NODE})console.log(m+"-old "+v)`,
  'else{i.on("data",f);i.on("end",()=>process.exit())}',
].join(';');

/** Where Node may be, beside where the login shell looks. */
const PLACES = '/usr/local/bin:/usr/bin:/opt/node/bin:/usr/local/node/bin';

/** The command line that starts a relay whose answers begin with `mark`, a word without signs. Holds no secret. */
export function relayCommand(mark: string): string {
  const look = 'for n in node nodejs; do command -v $n >/dev/null && exec $n -e "$0" "$1"; done';
  const script = `PATH=$PATH:${PLACES}; export PATH; unset NODE_OPTIONS; ${look}; echo "$1-none"`;
  return `sh -c ${quote(script)} ${quote(LOADER)} ${mark}`;
}

/** What a relay reads first: the program. */
export function packProgram(program: Uint8Array): Buffer {
  return packFields(program);
}
