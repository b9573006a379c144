import type { Rules } from './rule.ts';

/** Rules of lint: clusters and hosts. */
export const CLUSTERS_AND_HOSTS_RULES: Rules = {
  'no-clusters': { finds: 'no cluster at all', write: 'one' },
  'no-hosts': { finds: 'a cluster without hosts', write: 'two hosts' },
  'one-host': { finds: 'a cluster with one host: nobody takes over', write: 'a second one' },
  'no-instances': { finds: 'a cluster without a VRRP instance', write: 'one' },
  'no-service': { finds: '`service` is not written', write: '`nginx`, `haproxy` or `none`' },
  service: {
    finds: 'a service that is misspelt, named twice, or says too much or too little',
    write: 'what the message names',
  },
  'service-container': {
    finds: 'a check of a container beside a service that haprov would install',
    write: '`service: { container: NAME }`',
  },
  'cluster-twice': { finds: 'one name of a cluster in two files', write: 'another name' },
  include: {
    finds: 'a pattern that names no file, a file that cannot be read, a key for the first file alone',
    write: 'the right path',
  },
  'host-range': {
    finds: 'a range of hosts that does not fit its addresses, counts down, or names a host twice',
    write: 'as many addresses as hosts',
  },
  firewall: { finds: '`open` beside `backend: none`', write: 'a backend' },
  'host-twice': { finds: 'one machine under two names', write: "both clusters' instances in one cluster" },
  'unknown-host': { finds: 'a map names a host that the cluster does not have', write: 'one of its hosts' },
  'missing-host': { finds: 'a map leaves a host out', write: 'a value for each host' },
  'file-missing': { finds: 'a script or playbook that is not there', write: 'the right path' },
  script: { finds: 'a script without `#!` in its first line, or with Windows line ends', write: '`#!/bin/sh`, `\\n`' },
  'secret-literal': { finds: 'a password in clear text', write: '`{ env: NAME }`, `{ file: PATH }`' },
  'webhook-body': { finds: 'a message of a webhook that is no JSON', write: 'words in braces within quotes' },
  notify: {
    finds: 'a webhook with both `format` and `body`, or without the key that its format needs; mail that is set twice',
    write: 'what the message names',
  },
  webhook: { finds: 'a webhook that is no plain URL', write: '`https://hooks.slack.com/services/…`' },
  'secret-missing': {
    finds: 'a variable that is not set, a file that is not there, a command that fails',
    write: 'set it',
  },
};
