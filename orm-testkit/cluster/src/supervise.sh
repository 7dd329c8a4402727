# Runs one PostgreSQL server for as long as standard input stays open, then removes every trace of it.
# Arguments: the directory to create, the directory of the server's programs.
# Prints `ready` once the server answers; without that line, what it printed is why it did not start.
#
# The holder keeps the other end of standard input and never writes to it. The kernel closes that end
# however the holder dies, so there is nothing to catch: not a panic, not an exit, not a SIGKILL.

# A ctrl-C is for the holder; this script hears of it through standard input. Nor may a holder that dies
# before it has read our output take us along.
trap '' INT TERM HUP PIPE

exec 2>&1
umask 077
directory=$1
programs=$2
data=$directory/data
log=$directory/log

stop_and_remove() {
    if [ -f "$data/postmaster.pid" ]; then
        server=$(head -n 1 "$data/postmaster.pid")
        "$programs/pg_ctl" stop --pgdata="$data" --mode=immediate --timeout=20 --silent ||
            kill -9 "$server"
    fi
    rm -rf -- "$directory"
}

give_up() {
    echo "$1 failed:"
    cat "$log"
    stop_and_remove
    exit 1
}

mkdir -- "$directory" || exit 1

"$programs/initdb" --pgdata="$data" --username=postgres --auth=trust --encoding=UTF8 --locale=C \
    --no-sync </dev/null >"$log" 2>&1 || give_up initdb

# Nothing here outlives the tests, so nothing is made durable.
cat >>"$data/postgresql.conf" <<CONFIGURATION
listen_addresses = ''
unix_socket_directories = '$directory'
port = 5432
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
timezone = 'UTC'
CONFIGURATION

# One user is asked for a password, so that refusals can be tested; nobody else is.
sed -i '1i local all orm_with_password scram-sha-256' "$data/pg_hba.conf"

"$programs/pg_ctl" start --pgdata="$data" --log="$log" --wait --timeout=60 --silent </dev/null ||
    give_up 'pg_ctl start'

echo ready
# From here on nobody reads our output.
exec >/dev/null 2>&1

while read -r _; do :; done
stop_and_remove
