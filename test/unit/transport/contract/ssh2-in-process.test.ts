import { inProcessRig } from '../../../support/contract/in-process.ts';
import { contract } from './contract.ts';

contract(inProcessRig('ssh2'));
