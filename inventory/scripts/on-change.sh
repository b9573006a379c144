#!/bin/sh
# keepalived calls this with: INSTANCE or GROUP, the name, the new state (MASTER, BACKUP, FAULT or STOP), the priority.
logger --tag haprov "$1 $2 is now $3 (priority $4)"
