#!/bin/sh
# Debian's busybox has no `nc -z`, which asks whether somebody listens.
[ "$1" = -z ] || exec busybox nc "$@"
exec python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)' "$2" "$3"
