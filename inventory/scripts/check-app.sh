#!/bin/sh
# A check of your own: exit status 0 means that this host may hold the VIP. It only looks, it never heals.
exec curl --silent --fail --max-time 1 --output /dev/null http://127.0.0.1:8080/ready
