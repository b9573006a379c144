import { inProcessRig } from '../../../support/contract/in-process.ts';
import { connecting } from './cases/connecting.ts';
import { hostKeys } from './cases/host-keys.ts';
import { jumps } from './cases/jumps.ts';
import { logins } from './cases/logins.ts';
import { losses } from './cases/losses.ts';
import { results } from './cases/results.ts';
import { contract } from './contract.ts';

const except = new Map([
  [
    'tells a wrong key and a wrong user, and is not tried again',
    'ssh2 forgets what the server accepts when an agent signs',
  ],
]);

// Shells and sudo are met by the same ssh2 at the relay's far end, and played for that.
contract({ ...inProcessRig('relay'), except }, [results, losses, connecting, hostKeys, logins, jumps]);
