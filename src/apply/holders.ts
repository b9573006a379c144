export { electionTime, getHolders, vipsOf } from './gates/holders.ts';
