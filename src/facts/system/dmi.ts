import type { Subject } from '../reader/subject.ts';

/** What the firmware says of the machine; empty where it says nothing. As in /sys/class/dmi/id. */
export interface DmiFact {
  readonly sys_vendor: string;
  readonly product_name: string;
  readonly product_uuid: string;
  readonly product_serial: string;
  readonly chassis_asset_tag: string;
  /** /sys/hypervisor/uuid of Xen. */
  readonly hypervisor_uuid: string;
}

const FIELDS = ['sys_vendor', 'product_name', 'product_uuid', 'product_serial', 'chassis_asset_tag'] as const;

/** The strings by which clouds are known; null where the host has neither DMI nor a hypervisor. Key: always `dmi`. */
export const dmiSubject: Subject<'dmi', DmiFact | null> = {
  name: 'firmware',
  script: () => `cd /sys/class/dmi/id 2>/dev/null && for f in ${FIELDS.join(' ')}; do
if [ -r "$f" ]; then IFS= read -r v <"$f" || :; echo "$f $v"; fi
done
if [ -r /sys/hypervisor/uuid ]; then IFS= read -r v </sys/hypervisor/uuid || :; echo "hypervisor_uuid $v"; fi`,
  parse: (output) => {
    const values = new Map(
      output.split('\n').flatMap((line) => {
        const [, name, value] = /^(\w+) (.*)$/.exec(line) ?? [];
        return name === undefined || value === undefined ? [] : [[name, value.trim()] as const];
      }),
    );
    if (values.size === 0) return [null];
    const of = (name: string): string => values.get(name) ?? '';
    return [
      {
        sys_vendor: of('sys_vendor'),
        product_name: of('product_name'),
        product_uuid: of('product_uuid'),
        product_serial: of('product_serial'),
        chassis_asset_tag: of('chassis_asset_tag'),
        hypervisor_uuid: of('hypervisor_uuid'),
      },
    ];
  },
};
