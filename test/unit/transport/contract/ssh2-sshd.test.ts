import { sshdRig } from '../../../support/contract/sshd.ts';
import { contract } from './contract.ts';

contract(sshdRig('ssh2'));
