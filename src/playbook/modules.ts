import { commandModule } from '../tasks/command.ts';
import { copyModule } from '../tasks/copy.ts';
import { fileModule } from '../tasks/file.ts';
import { firewallModule } from '../tasks/firewall.ts';
import { keepalivedConfigModule } from '../tasks/keepalived-config.ts';
import { networkDaemonModule } from '../tasks/network-daemon.ts';
import { packageModule } from '../tasks/package.ts';
import { serviceModule } from '../tasks/service.ts';
import { sysctlModule } from '../tasks/sysctl.ts';
import type { Module } from '../tasks/task.ts';
import { templateModule } from '../tasks/template.ts';
import { waitForModule } from '../tasks/wait-for.ts';

/** Every module that a task of a playbook may name. */
export const MODULES: ReadonlyMap<string, Module<unknown>> = new Map(
  [
    erase(commandModule),
    erase(copyModule),
    erase(fileModule),
    erase(firewallModule),
    erase(keepalivedConfigModule),
    erase(networkDaemonModule),
    erase(packageModule),
    erase(serviceModule),
    erase(sysctlModule),
    erase(templateModule),
    erase(waitForModule),
  ].map((module) => [module.name, module]),
);

/** Arguments stay between `parse` and `plan` of one module, so the rest need not know their type. */
function erase<A>(module: Module<A>): Module<unknown> {
  const { files, asks, ...rest } = module;
  return {
    ...rest,
    ...(files === undefined ? {} : { files: (args) => files(module.parse(args)) }),
    ...(asks === undefined ? {} : { asks: (args) => asks(module.parse(args)) }),
    plan: (args, context) => module.plan(module.parse(args), context),
  };
}
