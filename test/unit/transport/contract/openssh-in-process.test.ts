import { beyondSshdRig } from '../../../support/contract/in-process.ts';
import { contract } from './contract.ts';

contract(beyondSshdRig('openssh'));
