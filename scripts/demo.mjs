// npm run demo: brings what is missing, then shows a real apply on real hosts.
import { bin, ensureBuilt, ensureInstalled, run } from './install.mjs';

ensureInstalled();
ensureBuilt();
process.exit(run(bin('tsx'), ['scripts/demo.ts', ...process.argv.slice(2)]));
